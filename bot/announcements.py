"""A fact becomes a post: one message for each thing, edited on its own day; its document in its thread."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from io import SEEK_END
from typing import Any, BinaryIO

from aiohttp import ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing.values.snapshots import InvoiceFile
from bot.blocks import Message
from bot.slack_errors import error_name, patiently

# How far Slack's clock may be from ours.
CLOCKS_APART = timedelta(minutes=10)
# So many messages are looked through for one that may have been posted: what was said since it was to be.
PAGE, MAX_PAGES = 200, 10
# Slack's words for a history that this app may not read, or that is not there: nothing can be looked for.
CANNOT_READ = ("missing_scope", "not_in_channel", "channel_not_found", "thread_not_found", "unknown_method")
EVENT_TYPE = "billing_fact"
# A gigabyte, which is the most that Slack takes, by a slow line.
UPLOAD_SECONDS = 1800.0
# Slack's words for a message that cannot be edited any more: then the fact is told in a new one.
CANNOT_EDIT = ("message_not_found", "cant_update_message", "edit_window_closed")


async def post(slack: AsyncWebClient, channel: str, message: Message, number: int | str) -> str:
    """Posts what is to be told; answers Slack's name for the message.

    Its number in the outbox, or the id of what it tells of, goes along, by which a copy can be known.
    """
    written = await slack.chat_postMessage(
        channel=channel,
        text=message.text,
        blocks=message.blocks,
        unfurl_links=False,
        metadata={"event_type": EVENT_TYPE, "event_payload": {"number": number}},
    )
    return str(written.get("ts") or "")


async def find(slack: AsyncWebClient, place: str, number: int | str, since: datetime) -> str | None:
    """The message by which the row `number` was told already, though its answer was lost: Slack's name for it.

    `place` is a channel, or the person whose direct messages are meant. None also where it may not be read.
    """
    try:
        channel = await _channel_of(slack, place)
        oldest = f"{(since - CLOCKS_APART).timestamp():.6f}"
        cursor = None
        for _ in range(MAX_PAGES):
            page = await slack.conversations_history(
                channel=channel, oldest=oldest, include_all_metadata=True, limit=PAGE, cursor=cursor
            )
            for message in page.get("messages") or ():
                if _number_in(message) == number:
                    return str(message["ts"])
            if not (cursor := (page.get("response_metadata") or {}).get("next_cursor")):
                break
    except SlackApiError as error:
        if error_name(error) not in CANNOT_READ:
            raise
    return None


async def _channel_of(slack: AsyncWebClient, place: str) -> str:
    """The channel, also where the person is named whose direct messages are meant."""
    if not place.startswith(("U", "W")):
        return place
    return str((await slack.conversations_open(users=place))["channel"]["id"])


def _number_in(message: dict[str, Any]) -> int | str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    number: int | str | None = (metadata.get("event_payload") or {}).get("number")
    return number


async def is_attached(slack: AsyncWebClient, channel: str, thread: str, name: str) -> bool:
    """Whether the file of that name stands in the message's thread already; False also where that may not be read."""
    try:
        read = await slack.conversations_replies(channel=channel, ts=thread, limit=PAGE)
    except SlackApiError as error:
        if error_name(error) not in CANNOT_READ:
            raise
        return False
    said = read.get("messages") or ()
    return any(one.get("name") == name for message in said for one in message.get("files") or ())


async def edit(slack: AsyncWebClient, place: str, message_ref: str, message: Message) -> bool:
    """Puts what is to be told in the place of what that message said; False where it cannot be edited any more.

    `place` is as in `find`.
    """
    try:
        channel = await _channel_of(slack, place)
        await slack.chat_update(channel=channel, ts=message_ref, text=message.text, blocks=message.blocks)
    except SlackApiError as error:
        if error_name(error) in CANNOT_EDIT:
            return False
        raise
    return True


async def attach(slack: AsyncWebClient, channel: str, thread: str, file: InvoiceFile, comment: str) -> None:
    """Puts the document into the message's thread."""
    put = partial(
        slack.files_upload_v2,
        channel=channel,
        thread_ts=thread,
        filename=file.name,
        title=file.name,
        content=file.content,
        initial_comment=comment,
    )
    await patiently(put)


async def upload(
    slack: AsyncWebClient, channel: str, thread: str, name: str, file: BinaryIO, comment: str
) -> None:
    """Puts a large file into the message's thread; it is read as it is sent. Raises ClientError, SlackApiError."""
    session, length = slack.session, file.seek(0, SEEK_END)
    file.seek(0)
    assert session is not None
    promised = await patiently(partial(slack.files_getUploadURLExternal, filename=name, length=length))
    sent = session.post(promised["upload_url"], data=file, timeout=ClientTimeout(total=UPLOAD_SECONDS))
    async with sent as answer:
        answer.raise_for_status()
    complete = partial(
        slack.files_completeUploadExternal,
        files=[{"id": promised["file_id"], "title": name}],
        channel_id=channel,
        thread_ts=thread,
        initial_comment=comment,
    )
    await patiently(complete)
