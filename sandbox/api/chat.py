"""chat.*: the app's messages."""

from sandbox.answers import MAX_TEXT_LENGTH, checked_blocks, replace_contents
from sandbox.api.call import Call
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel

_LONGEST_UPDATE = 4000


def post_message(call: Call) -> JsonObject:
    """chat.postMessage: to a channel the app is in, or to a person."""
    channel = _target(call)
    text, blocks = _contents(call)
    if not call.app_is_in(channel) and (
        channel.is_private or "chat:write.public" not in call.workspace.app.scopes
    ):
        raise SlackError("not_in_channel")
    thread_ts = _thread(call, channel)
    metadata = call.structure("metadata")
    message = call.workspace.post_as_app(
        channel.id, text, blocks=blocks, thread_ts=thread_ts, metadata=metadata
    )
    return {"channel": channel.id, "ts": message.ts, "message": _written(call, message)}


def post_ephemeral(call: Call) -> JsonObject:
    """chat.postEphemeral: to one person in a conversation."""
    channel, user = call.open_channel(), call.user()
    text, blocks = _contents(call)
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = _thread(call, channel)
    message = call.workspace.post_as_app(
        channel.id, text, blocks=blocks, thread_ts=thread_ts, ephemeral_to=user.id
    )
    return {"message_ts": message.ts}


def update(call: Call) -> JsonObject:
    """chat.update: new contents for one of the app's own messages; text without blocks takes blocks away."""
    channel = call.open_channel()
    message = call.own_message(channel, "cant_update_message")
    text, blocks = _contents(call)
    if len(text) > _LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    replace_contents(call.workspace, message, text, blocks)
    written = _written(call, message)
    del written["ts"]  # here it stands beside the message, not in it
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": written}


def delete(call: Call) -> JsonObject:
    """chat.delete: one of the app's own messages."""
    channel = call.channel()
    message = call.own_message(channel, "cant_delete_message")
    call.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> JsonObject:
    """chat.getPermalink: a link to a message."""
    channel, ts = call.channel(), call.text("message_ts")
    if (channel.id, ts) not in call.workspace.messages:
        raise SlackError("message_not_found")
    path = f"archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": f"https://{call.workspace.team.domain}.slack.com/{path}"}


def _target(call: Call) -> Channel:
    wanted = call.workspace.users.get(call.text("channel"))
    if wanted is None:
        return call.open_channel()
    if wanted.is_bot or wanted.deleted:
        raise SlackError("channel_not_found")
    return call.workspace.direct_messages(wanted.id)


def _contents(call: Call) -> tuple[str, list[JsonObject]]:
    text, blocks = call.text("text"), call.structure("blocks")
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > MAX_TEXT_LENGTH:
        raise SlackError("msg_too_long")
    return text, checked_blocks(blocks)


def _thread(call: Call, channel: Channel) -> str | None:
    thread_ts = call.text("thread_ts") or None
    if thread_ts is not None and (channel.id, thread_ts) not in call.workspace.messages:
        raise SlackError("thread_not_found")
    return thread_ts


def _written(call: Call, message: Message) -> JsonObject:
    return message.to_slack(call.workspace.app, call.workspace.team.id)
