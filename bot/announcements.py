"""A told fact becomes a post in the property's billing channel."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import Message


async def post(
    slack: AsyncWebClient, channel: str, message: Message, number: int, edits: str | None = None
) -> None:
    """Posts what is to be told. Its number in the outbox goes along, by which a copy can be known."""
    if edits is not None:
        await slack.chat_update(channel=channel, ts=edits, text=message.text, blocks=message.blocks)
        return
    await slack.chat_postMessage(
        channel=channel,
        text=message.text,
        blocks=message.blocks,
        unfurl_links=False,
        metadata={"event_type": "billing_fact", "event_payload": {"number": number}},
    )
