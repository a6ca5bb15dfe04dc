"""What the app says back to a gesture: in a command's acknowledgement, or at its response URL."""

from typing import Any

from sandbox import blockkit
from sandbox.errors import SlackError
from sandbox.ids import with_block_ids
from sandbox.messages import JsonObject, Message
from sandbox.tickets import ResponseTicket
from sandbox.workspace import Workspace

MAX_TEXT_LENGTH = 40_000


def checked_blocks(value: Any) -> list[JsonObject]:
    """The blocks of a message, or SlackError with all that is wrong with them."""
    faults = blockkit.blocks_faults(value) if value else []
    if faults:
        messages = [f"[ERROR] {fault.to_sentence()}" for fault in faults]
        errors = [fault.to_json() for fault in faults]
        raise SlackError("invalid_blocks", errors=errors, response_metadata={"messages": messages})
    return value or []


def answer(workspace: Workspace, ticket: ResponseTicket, body: JsonObject) -> None:
    """Show the app's answer: to the one person who asked, unless it says `in_channel`."""
    original = workspace.messages.get((ticket.channel_id, ticket.message_ts or ""))
    if body.get("delete_original") and original:
        workspace.delete(original)
        return
    blocks = checked_blocks(body.get("blocks"))
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise SlackError("invalid_payload")
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT_LENGTH:
        raise SlackError("msg_too_long")
    if body.get("replace_original") and original:
        replace_contents(workspace, original, text, blocks)
        return
    in_channel = body.get("response_type") == "in_channel"
    ephemeral_to = None if in_channel else ticket.user_id
    thread_ts = body.get("thread_ts")
    workspace.post_as_app(
        ticket.channel_id, text, blocks=blocks, ephemeral_to=ephemeral_to, thread_ts=thread_ts
    )


def replace_contents(workspace: Workspace, message: Message, text: str, blocks: list[JsonObject]) -> None:
    """Put new contents into a message; whoever saw it sees it still, and nobody else does."""
    message.text, message.blocks = text, with_block_ids(blocks)
    message.edited_ts = f"{workspace.clock().timestamp():.6f}"
    workspace.put(message)
