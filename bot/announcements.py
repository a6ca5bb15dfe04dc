"""A fact becomes a post: one message for each thing, edited on its own day; its document in its thread."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing.values.snapshots import InvoiceFile
from bot.blocks import Message
from bot.slack_errors import error_name

# Slack's words for a message that cannot be edited any more: then the fact is told in a new one.
CANNOT_EDIT = ("message_not_found", "cant_update_message", "edit_window_closed")


async def post(slack: AsyncWebClient, channel: str, message: Message, number: int) -> str:
    """Posts what is to be told; answers Slack's name for the message.

    Its number in the outbox goes along, by which a copy can be known.
    """
    written = await slack.chat_postMessage(
        channel=channel,
        text=message.text,
        blocks=message.blocks,
        unfurl_links=False,
        metadata={"event_type": "billing_fact", "event_payload": {"number": number}},
    )
    return str(written.get("ts") or "")


async def edit(slack: AsyncWebClient, channel: str, message_ref: str, message: Message) -> bool:
    """Puts what is to be told in the place of what that message said; False where it cannot be edited any more."""
    try:
        await slack.chat_update(channel=channel, ts=message_ref, text=message.text, blocks=message.blocks)
    except SlackApiError as error:
        if error_name(error) in CANNOT_EDIT:
            return False
        raise
    return True


async def attach(slack: AsyncWebClient, channel: str, thread: str, file: InvoiceFile, comment: str) -> None:
    """Puts the document into the message's thread."""
    await slack.files_upload_v2(
        channel=channel,
        thread_ts=thread,
        filename=file.name,
        title=file.name,
        content=file.content,
        initial_comment=comment,
    )
