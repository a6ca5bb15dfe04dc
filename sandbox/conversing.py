"""What a person does with messages that are there: edits, deletes, reacts, pins."""

from sandbox import message_events
from sandbox.errors import Refused, SlackError
from sandbox.gestures import Gestures
from sandbox.messages import EMOJI_NAME, JsonObject, Message
from sandbox.people import LONGEST_TOPIC


async def edit(gestures: Gestures, user_id: str, channel_id: str, ts: str, text: str) -> JsonObject:
    """Put other words into one's own message."""
    message = _own(gestures, user_id, channel_id, ts)
    if not text.strip():
        raise Refused("no_text", 400)
    workspace = gestures.workspace
    before = workspace.written(message)
    message.text, message.edited_ts = text, f"{workspace.clock().timestamp():.6f}"
    workspace.put(message)
    return await gestures.events.tell_all(lambda each: message_events.changed(each, message, before))


async def delete(gestures: Gestures, user_id: str, channel_id: str, ts: str) -> JsonObject:
    """Take one's own message away."""
    message = _own(gestures, user_id, channel_id, ts)
    gestures.workspace.delete(message)
    return await gestures.events.tell_all(lambda each: message_events.deleted(each, message))


async def react(gestures: Gestures, user_id: str, channel_id: str, ts: str, name: str) -> JsonObject:
    """Put an emoji on a message; who had put it there already takes it back."""
    message = gestures.message(gestures.person(user_id), channel_id, ts)
    added = user_id not in message.reactions.get(name, ())
    try:
        (gestures.workspace.react if added else gestures.workspace.unreact)(message, user_id, name)
    except SlackError as refusal:
        raise Refused(refusal.error, 400) from refusal
    return await gestures.events.tell_all(
        lambda each: message_events.reacted(each, user_id, message, name, added=added)
    )


async def pin(gestures: Gestures, user_id: str, channel_id: str, ts: str) -> JsonObject:
    """Pin a message to its conversation; one that is pinned already is let go."""
    workspace = gestures.workspace
    message = gestures.message(gestures.person(user_id), channel_id, ts)
    added = message.pinned is None
    workspace.pin(message, user_id if added else None)
    count = len(workspace.pins(channel_id))
    return await gestures.events.tell_all(
        lambda each: message_events.pinned(each, user_id, message, added=added, count=count)
    )


async def describe(gestures: Gestures, user_id: str, channel_id: str, kind: str, sentence: str) -> JsonObject:
    """Give a channel that one is in another topic or purpose (`kind`)."""
    user = gestures.person(user_id)
    channel = gestures.channel(channel_id, user.id)
    if not isinstance(sentence, str) or len(sentence) > LONGEST_TOPIC or channel.is_im:
        raise Refused("invalid_change", 400)
    message = gestures.workspace.describe(channel, user.id, kind, sentence)
    return await gestures.events.tell_all(lambda each: message_events.posted(each, message))


def _own(gestures: Gestures, user_id: str, channel_id: str, ts: str) -> Message:
    message = gestures.message(gestures.person(user_id), channel_id, ts)
    if message.user != user_id:
        raise Refused("not_your_message")
    return message


def upload(gestures: Gestures, user_id: str, name: str, content: bytes) -> JsonObject:
    """Choose a file in a form: it is there at once, and posted nowhere."""
    user = gestures.person(user_id)
    if not name or not content:
        raise Refused("no_file_data", 400)
    file = gestures.workspace.promise_file(name, len(content))
    file.content, file.completed, file.user = content, True, user.id
    return {"ok": True, "file": file.to_state()}


async def open_assistant(
    gestures: Gestures, user_id: str, thread_ts: str | None = None, looking_at: str | None = None
) -> JsonObject:
    """Begin to talk with the app as an assistant; or, in a thread that is there, look at another channel."""
    workspace, user = gestures.workspace, gestures.person(user_id)
    if not workspace.app.is_assistant:
        raise Refused("no_assistant")
    channel = workspace.direct_messages(user.id)
    if thread_ts and (channel.id, thread_ts) not in workspace.assistant:
        raise Refused("thread_not_found")
    kind = "context_changed" if thread_ts else "started"
    if thread_ts is None:
        root = workspace.post_as_app(channel.id, "New Assistant Thread", subtype="assistant_app_thread")
        thread_ts = root.ts
    thread = workspace.assistant_thread(channel.id, thread_ts)
    workspace.assistant_changed(thread)
    news = message_events.assistant_thread(workspace, thread, user, kind, looking_at)
    return await gestures.events.tell(news) | {"channel": channel.id, "thread_ts": thread_ts}


async def add_emoji(gestures: Gestures, name: str, url: str) -> JsonObject:
    """Give the workspace an emoji of its own: the URL of a picture, or `alias:` and another's name."""
    if not isinstance(name, str) or not EMOJI_NAME.fullmatch(name) or not isinstance(url, str):
        raise Refused("invalid_name", 400)
    gestures.workspace.add_emoji(name, url)
    return await gestures.events.tell_all(lambda each: message_events.emoji_added(each, name, url))
