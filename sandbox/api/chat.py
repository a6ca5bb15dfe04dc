"""chat.*: the app's messages."""

from sandbox import answers
from sandbox.answers import Contents
from sandbox.api.call import Call, needs_scope
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel

_LONGEST_UPDATE, LONGEST_MARKDOWN = 4000, 12_000
_CUSTOMIZED = ("username", "icon_emoji", "icon_url")


def post_message(call: Call) -> JsonObject:
    """chat.postMessage: to a channel the app is in, or to a person."""
    channel, contents = writable(call), given_contents(call)
    about = {"metadata": call.structure("metadata"), **_look(call), **_place(call, channel)}
    message = answers.post(call.workspace, call.events, channel.id, contents, **about)
    return {"channel": channel.id, "ts": message.ts, "message": _written(call, message)}


def me_message(call: Call) -> JsonObject:
    """chat.meMessage: what the app does, said of itself."""
    channel = writable(call)
    contents = Contents.checked(call.text("text"), None)
    message = answers.post(call.workspace, call.events, channel.id, contents, subtype="me_message")
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> JsonObject:
    """chat.postEphemeral: to one person in a conversation."""
    channel, user = call.open_channel(), call.user()
    contents = given_contents(call)
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    about = {**_look(call), "thread_ts": thread_of(call, channel), "ephemeral_to": user.id}
    message = answers.post(call.workspace, call.events, channel.id, contents, **about)
    return {"message_ts": message.ts}


def update(call: Call) -> JsonObject:
    """chat.update: new contents for one of the app's own messages; text without blocks takes blocks away."""
    channel = call.open_channel()
    message = call.own_message(channel, "cant_update_message")
    contents = given_contents(call)
    if len(contents.text) > _LONGEST_UPDATE:
        raise SlackError("msg_too_long")
    if (metadata := call.structure("metadata")) is not None:
        message.metadata = metadata
    answers.replace_contents(call.workspace, call.events, message, contents)
    written = _written(call, message)
    del written["ts"]  # here it stands beside the message, not in it
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": written}


def delete(call: Call) -> JsonObject:
    """chat.delete: one of the app's own messages."""
    channel = call.channel()
    message = call.own_message(channel, "cant_delete_message")
    answers.delete(call.workspace, call.events, message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> JsonObject:
    """chat.getPermalink: a link to a message."""
    channel, ts = call.channel(), call.text("message_ts")
    message = call.workspace.messages.get((channel.id, ts))
    if message is None:
        raise SlackError("message_not_found")
    path = f"archives/{channel.id}/p{ts.replace('.', '')}"
    if message.is_reply:
        path += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": f"https://{call.workspace.team.domain}.slack.com/{path}"}


def writable(call: Call) -> Channel:
    """Where the app may write: in a channel it is in, a public one with chat:write.public, or to a person."""
    wanted = call.workspace.users.get(call.text("channel"))
    if wanted is None:
        channel = call.open_channel()
    elif wanted.is_bot or wanted.deleted:
        raise SlackError("channel_not_found")
    else:
        channel = call.workspace.direct_messages(wanted.id)
    if channel.is_im and not call.workspace.app.has_messages_tab:
        raise SlackError("messages_tab_disabled")
    if not call.app_is_in(channel) and (
        channel.is_private or "chat:write.public" not in call.workspace.app.scopes
    ):
        raise SlackError("not_in_channel")
    return channel


def given_contents(call: Call) -> Contents:
    """What the call says: text, blocks and attachments, or Markdown in place of the first two."""
    markdown_text = call.text("markdown_text")
    if len(markdown_text) > LONGEST_MARKDOWN:
        raise SlackError("msg_too_long")
    return Contents.checked(
        call.text("text"), call.structure("blocks"), call.structure("attachments"), markdown_text
    )


def thread_of(call: Call, channel: Channel) -> str | None:
    """The thread that the call names, which must be there."""
    thread_ts = call.text("thread_ts") or None
    if thread_ts is not None and (channel.id, thread_ts) not in call.workspace.messages:
        raise SlackError("thread_not_found")
    return thread_ts


def _place(call: Call, channel: Channel) -> JsonObject:
    thread_ts = thread_of(call, channel)
    broadcast = thread_ts and call.flag("reply_broadcast")
    return {"thread_ts": thread_ts, "subtype": "thread_broadcast" if broadcast else None}


def _look(call: Call) -> JsonObject:
    customized = {name: value for name in _CUSTOMIZED if (value := call.text(name))}
    if customized:
        needs_scope("chat:write.customize", call.workspace.app.scopes)
    return {"customized": customized}


def _written(call: Call, message: Message) -> JsonObject:
    return call.workspace.written(message)
