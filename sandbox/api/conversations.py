"""conversations.*: channels and direct messages."""

from sandbox.api.call import Call, needs_scope
from sandbox.errors import SlackError
from sandbox.messages import JsonObject
from sandbox.people import Channel

_DEFAULT_TYPES = "public_channel"
# Whoever asks about a conversation needs the scope for its kind.
_SCOPES = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read"}


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
