"""What the app says back to a gesture: in a command's acknowledgement, or at its response URL."""

from dataclasses import dataclass
from typing import Any

from sandbox import blockkit, message_events
from sandbox.errors import SlackError
from sandbox.events import Events
from sandbox.ids import with_block_ids
from sandbox.messages import JsonObject, Message
from sandbox.tickets import ResponseTicket
from sandbox.workspace import Workspace

MAX_TEXT_LENGTH = 40_000
MAX_ATTACHMENTS = 100
_SHOWN_OF_ATTACHMENTS = {"text", "fallback", "title", "pretext", "fields", "blocks", "image_url", "thumb_url"}


def checked_blocks(value: Any) -> list[JsonObject]:
    """The blocks of a message, or SlackError with all that is wrong with them."""
    faults = blockkit.blocks_faults(value) if value else []
    if faults:
        messages = [f"[ERROR] {fault.to_sentence()}" for fault in faults]
        errors = [fault.to_json() for fault in faults]
        raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": messages})
    return value or []


@dataclass(frozen=True)
class Contents:
    """What a message says."""

    text: str
    blocks: list[JsonObject]
    attachments: list[JsonObject] | None = None

    @classmethod
    def checked(
        cls, text: Any, blocks: Any, attachments: Any = None, markdown_text: Any = None
    ) -> "Contents":
        """These contents, or SlackError where Slack would not take them."""
        if markdown_text:
            if text or blocks:
                raise SlackError("markdown_text_conflict")
            text, blocks = markdown_text, [{"type": "markdown", "text": markdown_text}]
        if not text and not blocks and not attachments:
            raise SlackError("no_text")
        if len(text) > MAX_TEXT_LENGTH:
            raise SlackError("msg_too_long")
        return cls(text, checked_blocks(blocks), checked_attachments(attachments))


def checked_attachments(value: Any) -> list[JsonObject] | None:
    """The attachments, Slack's older way to write in colour; None where nothing was said of them."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise SlackError("invalid_attachments")
    if len(value) > MAX_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if not all(one.keys() & _SHOWN_OF_ATTACHMENTS for one in value):
        raise SlackError("no_text")
    return [{**one, **_blocks_of(one), "id": number} for number, one in enumerate(value, start=1)]


def _blocks_of(attachment: JsonObject) -> JsonObject:
    blocks = checked_blocks(attachment.get("blocks"))
    return {"blocks": with_block_ids(blocks)} if blocks else {}


def answer(workspace: Workspace, events: Events, ticket: ResponseTicket, body: JsonObject) -> None:
    """Show the app's answer: to the one person who asked, unless it says `in_channel`."""
    original = workspace.messages.get((ticket.channel_id, ticket.message_ts or ""))
    if body.get("delete_original") and original:
        delete(workspace, events, original)
        return
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise SlackError("invalid_payload")
    contents = Contents.checked(text, body.get("blocks"), body.get("attachments"))
    if body.get("replace_original") and original:
        replace_contents(workspace, events, original, contents)
        return
    in_channel = body.get("response_type") == "in_channel"
    ephemeral_to = None if in_channel else ticket.user_id
    thread_ts = body.get("thread_ts")
    post(workspace, events, ticket.channel_id, contents, ephemeral_to=ephemeral_to, thread_ts=thread_ts)


def post(workspace: Workspace, events: Events, channel_id: str, contents: Contents, **about: Any) -> Message:
    """Write a message of the app (`about`: further fields of Message), and let it hear of that."""
    message = workspace.post_as_app(
        channel_id,
        contents.text,
        blocks=contents.blocks,
        attachments=contents.attachments or [],
        **about,
    )
    events.tell_all_later(lambda each: message_events.posted(each, message))
    return message


def delete(workspace: Workspace, events: Events, message: Message) -> None:
    """Take a message of the app away."""
    workspace.delete(message)
    events.tell_all_later(lambda each: message_events.deleted(each, message))


def replace_contents(workspace: Workspace, events: Events, message: Message, contents: Contents) -> None:
    """Put new contents into a message; whoever saw it sees it still, and nobody else does.

    Attachments of which nothing is said stay. Only words that are edited are called so: new blocks are not.
    """
    before = workspace.written(message)
    message.text, message.blocks = contents.text, with_block_ids(contents.blocks)
    if contents.attachments is not None:
        message.attachments = contents.attachments
    if not message.all_blocks:
        message.edited_ts = f"{workspace.clock().timestamp():.6f}"
    workspace.put(message)
    events.tell_all_later(lambda each: message_events.changed(each, message, before))
