"""conversations.*: channels and direct messages."""

from sandbox.api.call import Call, needs_scope
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel

_DEFAULT_TYPES = "public_channel"
# Whoever asks about a conversation needs the scope for its kind.
_SCOPES = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}
_HISTORY_SCOPES = {
    "public_channel": "channels:history",
    "private_channel": "groups:history",
    "im": "im:history",
}
_PAGE, _LARGEST_PAGE = 100, 999


def open_(call: Call) -> JsonObject:
    """conversations.open: the direct messages with one person."""
    users = [name for name in call.text("users").split(",") if name]
    if len(users) != 1:
        raise SlackError("not_enough_users" if not users else "method_not_supported_for_channel_type")
    user = call.workspace.users.get(users[0])
    if user is None:
        raise SlackError("user_not_found")
    if user.is_bot or user.deleted:
        raise SlackError("cannot_dm_bot" if user.is_bot else "user_disabled")
    channel = call.workspace.direct_messages(user.id)
    if call.flag("return_im"):
        opened = _written(call, channel) | {"is_open": True}
        return {"channel": opened, "no_op": True, "already_open": True}
    return {"channel": {"id": channel.id}}


def info(call: Call) -> JsonObject:
    """conversations.info: one conversation."""
    channel = _visible(call)
    return {"channel": _written(call, channel) | _size(channel, asked=call.flag("include_num_members"))}


def list_(call: Call) -> JsonObject:
    """conversations.list: the conversations of these types, on one page."""
    types = [kind.strip() for kind in (call.text("types") or _DEFAULT_TYPES).split(",")]
    for kind in types:
        if kind not in (*_SCOPES, "mpim"):
            raise SlackError("invalid_types")
        needs_scope(_SCOPES.get(kind), call.workspace.app.scopes)
    shown = [
        _written(call, channel) | _size(channel)
        for channel in call.workspace.channels.values()
        if (kind := _type(channel)) in types and (kind == "public_channel" or call.app_is_in(channel))
    ]
    return {"channels": shown, "response_metadata": {"next_cursor": ""}}


def members(call: Call) -> JsonObject:
    """conversations.members: who is in it, on one page."""
    return {"members": list(_visible(call).members), "response_metadata": {"next_cursor": ""}}


def join(call: Call) -> JsonObject:
    """conversations.join: the app enters a public channel."""
    channel = call.channel()
    if channel.is_private:
        raise SlackError("channel_not_found")
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if call.app_is_in(channel):
        return {"channel": _written(call, channel), "warning": "already_in_channel"}
    channel.members.append(call.workspace.app.bot_user_id)
    call.workspace.channel_changed(channel)
    return {"channel": _written(call, channel)}


def history(call: Call) -> JsonObject:
    """conversations.history: what was said in it outside threads, newest first."""
    channel = _readable(call)
    said = [message for message in _said_in(call, channel) if message.thread_ts in (None, message.ts)]
    return {**_page(call, said[::-1]), "pin_count": 0}


def replies(call: Call) -> JsonObject:
    """conversations.replies: a message and its thread, oldest first."""
    channel, ts = _readable(call), call.text("ts")
    thread = [message for message in _said_in(call, channel) if ts in (message.ts, message.thread_ts)]
    if not thread:
        raise SlackError("thread_not_found")
    return _page(call, thread)


def _said_in(call: Call, channel: Channel) -> list[Message]:
    """What everybody in it sees, in its order, between `oldest` and `latest`."""
    oldest, latest, inclusive = _moment(call, "oldest"), _moment(call, "latest"), call.flag("inclusive")

    def is_asked_for(message: Message) -> bool:
        at = float(message.ts)
        after = oldest is None or at > oldest or (inclusive and at == oldest)
        return after and (latest is None or at < latest or (inclusive and at == latest))

    said = (
        message
        for message in call.workspace.messages.values()
        if message.channel == channel.id and message.ephemeral_to is None and is_asked_for(message)
    )
    return sorted(said, key=lambda message: float(message.ts))


def _moment(call: Call, name: str) -> float | None:
    given = call.args.get(name)
    try:
        return None if given in (None, "") else float(str(given))
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _page(call: Call, said: list[Message]) -> JsonObject:
    size = call.number("limit") if call.args.get("limit") else _PAGE
    if not 1 <= size <= _LARGEST_PAGE:
        raise SlackError("invalid_limit")
    cursor = call.text("cursor") or "0"
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    end = int(cursor) + size
    page: JsonObject = {
        "messages": [_read(call, message) for message in said[int(cursor) : end]],
        "has_more": end < len(said),
    }
    return page | ({"response_metadata": {"next_cursor": str(end)}} if page["has_more"] else {})


def _read(call: Call, message: Message) -> JsonObject:
    written = message.to_slack(call.workspace.app, call.workspace.team.id)
    if not call.flag("include_all_metadata"):
        written.pop("metadata", None)
    if message.files:
        written["files"] = [file.to_slack(call.workspace.app, call.public_url) for file in message.files]
    return written


def _readable(call: Call) -> Channel:
    """The conversation, by its id, whose messages the app may read."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or (channel.is_im and not call.app_is_in(channel)):
        raise SlackError("channel_not_found")
    needs_scope(_HISTORY_SCOPES[_type(channel)], call.workspace.app.scopes)
    if not call.app_is_in(channel):
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def _visible(call: Call) -> Channel:
    channel = call.channel()
    needs_scope(_SCOPES[_type(channel)], call.workspace.app.scopes)
    if channel.is_private and not call.app_is_in(channel):
        raise SlackError("channel_not_found")
    return channel


def _type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _size(channel: Channel, *, asked: bool = True) -> JsonObject:
    return {"num_members": len(channel.members)} if asked and not channel.is_im else {}


def _written(call: Call, channel: Channel) -> JsonObject:
    created = int(call.workspace.clock().timestamp())
    return channel.to_slack(call.workspace.app.bot_user_id, created=created)
