"""chat.startStream and its siblings: a message that the app writes bit by bit."""

from dataclasses import dataclass, field
from typing import Any

from sandbox import message_events
from sandbox.answers import checked_blocks
from sandbox.api.call import Call
from sandbox.api.chat import LONGEST_MARKDOWN, thread_of, writable
from sandbox.errors import SlackError, invalid_arguments
from sandbox.ids import with_block_ids
from sandbox.messages import JsonObject, Message

_KINDS = ("markdown_text", "task_update", "plan_update")


@dataclass
class _Written:
    """What the message says so far."""

    text: str = ""
    plan: str = ""
    tasks: dict[str, JsonObject] = field(default_factory=dict)
    blocks: list[JsonObject] = field(default_factory=list)

    def all_blocks(self) -> list[JsonObject]:
        tasks = list(self.tasks.values())
        shown = [{"type": "plan", "title": self.plan, "tasks": tasks}] if self.plan else tasks
        return [*shown, *([{"type": "markdown", "text": self.text}] if self.text else []), *self.blocks]


def start(call: Call) -> JsonObject:
    """chat.startStream: an answer in a thread; in a channel it must say whom it answers."""
    channel = writable(call)
    thread_ts = thread_of(call, channel)
    if not channel.is_im:
        for name in ("recipient_user_id", "recipient_team_id"):
            if not call.text(name):
                raise SlackError(f"missing_{name}")
    written = _Written()
    _add(call, written)
    message = call.workspace.post_as_app(
        channel.id, written.text, blocks=written.all_blocks(), thread_ts=thread_ts
    )
    call.workspace.streaming[channel.id, message.ts] = written
    return {"channel": channel.id, "ts": message.ts}


def append(call: Call) -> JsonObject:
    """chat.appendStream: a bit more."""
    if not (call.text("markdown_text") or call.structure("chunks")):
        raise invalid_arguments("must have at least one of: markdown_text, chunks")
    message, written = _streamed(call)
    _add(call, written)
    _show(call, message, written)
    return {"channel": message.channel, "ts": message.ts}


def stop(call: Call) -> JsonObject:
    """chat.stopStream: the last bit; from now on it is a message like any other."""
    message, written = _streamed(call)
    _add(call, written)
    written.blocks = checked_blocks(call.structure("blocks"))
    message.metadata = call.structure("metadata")
    _show(call, message, written)
    del call.workspace.streaming[message.channel, message.ts]
    call.events.tell_all_later(lambda each: message_events.posted(each, message))
    return {"channel": message.channel, "ts": message.ts, "message": call.workspace.written(message)}


def _streamed(call: Call) -> tuple[Message, _Written]:
    message = call.own_message(call.channel(), "message_not_owned_by_app")
    written = call.workspace.streaming.get((message.channel, message.ts))
    if not isinstance(written, _Written):
        raise SlackError("message_not_in_streaming_state")
    return message, written


def _show(call: Call, message: Message, written: _Written) -> None:
    message.text, message.blocks = written.text, with_block_ids(written.all_blocks())
    call.workspace.put(message)


def _add(call: Call, written: _Written) -> None:
    markdown, chunks = call.text("markdown_text"), call.structure("chunks") or []
    if len(markdown) > LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    written.text += markdown
    if not isinstance(chunks, list):
        raise invalid_arguments("must be an array [json-pointer:/chunks]")
    for index, chunk in enumerate(chunks):
        if not isinstance(chunk, dict) or chunk.get("type") not in _KINDS:
            raise invalid_arguments(f"must be one of {', '.join(_KINDS)} [json-pointer:/chunks/{index}/type]")
        _add_chunk(written, chunk)


def _add_chunk(written: _Written, chunk: JsonObject) -> None:
    if chunk["type"] == "markdown_text":
        written.text += str(chunk.get("text", ""))
    elif chunk["type"] == "plan_update":
        written.plan = str(chunk.get("title", ""))
    else:
        written.tasks[str(chunk.get("id"))] = _task(chunk)


def _task(chunk: JsonObject) -> JsonObject:
    card: JsonObject = {"type": "task_card", "task_id": str(chunk.get("id")), "title": chunk.get("title", "")}
    card["status"] = chunk.get("status", "pending")
    for name in ("details", "output"):
        if chunk.get(name):
            card[name] = _as_rich_text(chunk[name])
    return card | ({"sources": chunk["sources"]} if chunk.get("sources") else {})


def _as_rich_text(words: Any) -> JsonObject:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(words)}]}
    return {"type": "rich_text", "elements": [section]}
