"""A told fact becomes a post in the property's billing channel."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from billing.domain.events import Event
from billing.i18n import Words
from bot.views.announcements import announcement


async def post(slack: AsyncWebClient, channel: str, event: Event, number: int, t: Words) -> None:
    """Posts the fact, in the workspace's language. Its number goes along, by which a copy can be known."""
    message = announcement(event, t)
    await slack.chat_postMessage(
        channel=channel,
        text=message.text,
        blocks=message.blocks,
        unfurl_links=False,
        metadata={"event_type": "billing_fact", "event_payload": {"number": number}},
    )
