"""conversations.*: what is done to channels, and how direct messages are opened."""

import re
from collections.abc import Sequence

from sandbox import message_events
from sandbox.api.call import Call, needs_scope
from sandbox.api.conversations import ROOMS, kind_of, visible, written
from sandbox.errors import SlackError
from sandbox.messages import JsonObject
from sandbox.people import LONGEST_TOPIC, Channel, User

_LONGEST_NAME = 80
_FEWEST, _MOST = 2, 8


def open_(call: Call) -> JsonObject:
    """conversations.open: the direct messages with one person, or with up to eight."""
    if call.text("channel"):
        channel = call.channel()
        if not (channel.is_im or channel.is_mpim):
            raise SlackError("method_not_supported_for_channel_type")
        return _opened(call, channel, there=True)
    users = [_writes_with_app(call, user_id) for user_id in call.text("users").split(",") if user_id]
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > _MOST:
        raise SlackError("too_many_users")
    needs_scope("im:write" if len(users) == 1 else "mpim:write", call.workspace.app.scopes)
    if len(users) == 1:
        return _opened(call, call.workspace.direct_messages(users[0].id), there=True)
    return _opened_with_many(call, users)


def _writes_with_app(call: Call, user_id: str) -> User:
    user = call.workspace.users.get(user_id)
    if user is None:
        raise SlackError("user_not_found")
    if user.is_bot or user.deleted:
        raise SlackError("cannot_dm_bot" if user.is_bot else "user_disabled")
    return user


def _opened_with_many(call: Call, users: Sequence[User]) -> JsonObject:
    members = [call.workspace.app.bot_user_id, *(user.id for user in users)]
    for channel in call.workspace.channels.values():
        if channel.is_mpim and set(channel.members) == set(members):
            return _opened(call, channel, there=True)
    names = [call.workspace.users[one].name for one in members]
    channel = call.workspace.add_channel(f"mpdm-{'--'.join(names)}-1", members, is_private=True, is_mpim=True)
    return _opened(call, channel, there=False)


def _opened(call: Call, channel: Channel, *, there: bool) -> JsonObject:
    already = {"no_op": True, "already_open": True} if there and channel.is_open else {}
    if not channel.is_open:
        _now_open(call, channel, is_open=True)
    if not call.flag("return_im"):
        return {"channel": {"id": channel.id}, **already}
    return {"channel": written(call, channel) | {"is_open": True}, **already}


def close(call: Call) -> JsonObject:
    """conversations.close: direct messages, which are no longer at the top; what was said in them stays."""
    channel = call.channel()
    if not (channel.is_im or channel.is_mpim):
        raise SlackError("method_not_supported_for_channel_type")
    needs_scope(f"{ROOMS[kind_of(channel)]}:write", call.workspace.app.scopes)
    if not channel.is_open:
        return {"no_op": True, "already_closed": True}
    _now_open(call, channel, is_open=False)
    return {}


def _now_open(call: Call, channel: Channel, *, is_open: bool) -> None:
    channel.is_open = is_open
    if channel.is_im:
        call.events.tell_later(message_events.direct_messages_opened(call.workspace, channel))


def create(call: Call) -> JsonObject:
    """conversations.create: a channel, with the app as its first member."""
    is_private = call.flag("is_private")
    needs_scope("groups:write" if is_private else "channels:manage", call.workspace.app.scopes)
    name = _free_name(call)
    bot = call.workspace.app.bot_user_id
    channel = call.workspace.add_channel(name, [bot], is_private=is_private)
    if not is_private:
        about = {"id": channel.id, "name": name, "creator": bot}
        call.events.tell_all_later(
            lambda each: message_events.channel_changed(each, channel, "created", channel=about)
        )
    return {"channel": written(call, channel)}


def _free_name(call: Call) -> str:
    name = call.text("name")
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > _LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if not re.fullmatch(r"[^\WA-Z]+(?:[\w-]*[^\W])?", name) or name != name.lower():
        raise SlackError("invalid_name_specials")
    if any(channel.name == name for channel in call.workspace.channels.values()):
        raise SlackError("name_taken")
    return name


def join(call: Call) -> JsonObject:
    """conversations.join: the app enters a public channel."""
    channel = call.channel()
    if channel.is_private:
        raise SlackError("channel_not_found")
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if call.app_is_in(channel):
        return {"channel": written(call, channel), "warning": "already_in_channel"}
    _enter(call, channel, call.workspace.app.bot_user_id)
    return {"channel": written(call, channel)}


def invite(call: Call) -> JsonObject:
    """conversations.invite: people into a channel that the app is in."""
    channel = _managed(call, "invites")
    names = [name for name in call.text("users").split(",") if name]
    for name in names:
        if name not in call.workspace.users:
            raise SlackError("user_not_found")
        if name == call.workspace.app.bot_user_id:
            raise SlackError("cant_invite_self")
        if name in channel.members:
            raise SlackError("already_in_channel")
    for name in names:
        _enter(call, channel, name, inviter=call.workspace.app.bot_user_id)
    return {"channel": written(call, channel)}


def kick(call: Call) -> JsonObject:
    """conversations.kick: somebody out of a channel that the app is in."""
    channel, user = _managed(call), call.user()
    if user.id == call.workspace.app.bot_user_id:
        raise SlackError("cant_kick_self")
    if user.id not in channel.members:
        raise SlackError("not_in_channel")
    _leave(call, channel, user)
    return {}


def leave(call: Call) -> JsonObject:
    """conversations.leave: the app goes."""
    channel = visible(call)
    if channel.is_im:
        raise SlackError("method_not_supported_for_channel_type")
    needs_scope(_writing(channel), call.workspace.app.scopes)
    if not call.app_is_in(channel):
        return {"not_in_channel": True}
    _leave(call, channel, call.workspace.users[call.workspace.app.bot_user_id])
    return {}


def archive(call: Call) -> JsonObject:
    """conversations.archive: nothing more is written in it."""
    channel = _managed(call)
    if channel.is_archived:
        raise SlackError("already_archived")
    channel.is_archived = True
    return _told(call, channel, "archive", user=call.workspace.app.bot_user_id)


def unarchive(call: Call) -> JsonObject:
    """conversations.unarchive: and then it is again."""
    channel = _managed(call)
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel.is_archived = False
    return _told(call, channel, "unarchive", user=call.workspace.app.bot_user_id)


def rename(call: Call) -> JsonObject:
    """conversations.rename: another name for a channel."""
    channel = _managed(call)
    channel.name = _free_name(call)
    _told(call, channel, "rename", channel={"id": channel.id, "name": channel.name})
    return {"channel": written(call, channel)}


def set_topic(call: Call) -> JsonObject:
    """conversations.setTopic: what stands beside the name."""
    channel = _managed(call, "topic")
    return _described(call, channel, "topic")


def set_purpose(call: Call) -> JsonObject:
    """conversations.setPurpose: what it is for."""
    channel = _managed(call, "topic")
    return _described(call, channel, "purpose")


def mark(call: Call) -> JsonObject:
    """conversations.mark: the app has read up to there."""
    channel = visible(call)
    needs_scope(_writing(channel), call.workspace.app.scopes)
    if not call.app_is_in(channel):
        raise SlackError("not_in_channel")
    return {}


def _managed(call: Call, narrower: str = "") -> Channel:
    """The channel that is to be changed, and that the app may change; a `narrower` scope may suffice for it."""
    channel = call.channel()
    if channel.is_im or channel.is_mpim:
        raise SlackError("method_not_supported_for_channel_type")
    scopes = _writing(channel)
    room = ROOMS[kind_of(channel)]
    needs_scope(f"{scopes},{room}:write.{narrower}" if narrower else scopes, call.workspace.app.scopes)
    if not call.app_is_in(channel):
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    if channel.is_archived and call.args.keys() & {"users", "topic", "purpose", "name"}:
        raise SlackError("is_archived")
    return channel


def _writing(channel: Channel) -> str:
    kind = kind_of(channel)
    return "channels:manage" if kind == "public_channel" else f"{ROOMS[kind]}:write"


def _described(call: Call, channel: Channel, kind: str) -> JsonObject:
    sentence = call.text(kind)
    if len(sentence) > LONGEST_TOPIC:
        raise SlackError("too_long")
    message = call.workspace.describe(channel, call.workspace.app.bot_user_id, kind, sentence)
    call.events.tell_all_later(lambda each: message_events.posted(each, message))
    return {"channel": written(call, channel)}


def _enter(call: Call, channel: Channel, user_id: str, inviter: str = "") -> None:
    channel.members.append(user_id)
    call.workspace.channel_changed(channel)
    user = call.workspace.users[user_id]
    call.events.tell_all_later(lambda each: message_events.member_joined(each, channel, user, inviter))


def _leave(call: Call, channel: Channel, user: User) -> None:
    channel.members.remove(user.id)
    call.workspace.channel_changed(channel)
    call.events.tell_all_later(lambda each: message_events.member_left(each, channel, user))


def _told(call: Call, channel: Channel, kind: str, /, **about: object) -> JsonObject:
    call.workspace.channel_changed(channel)
    call.events.tell_all_later(lambda each: message_events.channel_changed(each, channel, kind, **about))
    return {}
