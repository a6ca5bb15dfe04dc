"""The messages in parts: whoever shows thousands asks for older ones as they are scrolled to."""

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import islice

from sandbox.messages import JsonObject, Message
from sandbox.workspace import Workspace


def newest(workspace: Workspace, count: int) -> JsonObject:
    """The newest messages of each channel, and under `older` where each channel goes on that has more."""
    kept: dict[str, deque[Message]] = defaultdict(lambda: deque(maxlen=count))
    more = set()
    for message in workspace.messages.values():
        if len(kept[message.channel]) == count:
            more.add(message.channel)
        kept[message.channel].append(message)
    shown = [message for messages in kept.values() for message in messages]
    older = {channel: messages[0].ts for channel, messages in kept.items() if channel in more and messages}
    return {"messages": _written(shown), "older": older}


def before(workspace: Workspace, channel_id: str, ts: str, count: int) -> JsonObject:
    """The messages before that one, oldest first; `older` is where it goes on, None at the beginning."""
    backwards = (
        message
        for message in reversed(workspace.messages.values())
        if message.channel == channel_id and float(message.ts) < float(ts)
    )
    found = list(islice(backwards, count + 1))
    shown = found[:count][::-1]
    return {"messages": _written(shown), "older": shown[0].ts if len(found) > count else None}


def search(workspace: Workspace, user_id: str, text: str, count: int) -> JsonObject:
    """The newest messages with these words that this person may read."""
    wanted = text.casefold()
    found = (
        message
        for message in reversed(workspace.messages.values())
        if wanted in message.text.casefold()
        and user_id in workspace.channels[message.channel].members
        and message.ephemeral_to in (None, user_id)
    )
    return {"messages": _written(islice(found, count))}


def thread(workspace: Workspace, channel_id: str, ts: str) -> JsonObject:
    """A message and all that was said in its thread, oldest first."""
    whole = [
        message
        for message in workspace.messages.values()
        if message.channel == channel_id and ts in (message.ts, message.thread_ts)
    ]
    return {"messages": _written(whole), "older": None}


def _written(messages: Iterable[Message]) -> list[JsonObject]:
    return [message.to_state() for message in messages]
