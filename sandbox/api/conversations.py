"""conversations.*: what is read of channels and direct messages."""

from collections import defaultdict
from collections.abc import Iterable

from sandbox.api.call import Call, needs_scope
from sandbox.errors import SlackError
from sandbox.messages import JsonObject, Message
from sandbox.people import Channel

_DEFAULT_TYPES = "public_channel"
# Whoever asks about a conversation needs the scope for its kind.
ROOMS = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}


def info(call: Call) -> JsonObject:
    """conversations.info: one conversation."""
    channel = visible(call)
    locale = {"locale": call.workspace.team.locale} if call.flag("include_locale") else {}
    return {
        "channel": written(call, channel) | locale | _size(channel, asked=call.flag("include_num_members"))
    }


def list_(call: Call) -> JsonObject:
    """conversations.list: the conversations of these types."""
    found = _of_types(call)
    shown, cursor = call.page(
        [
            written(call, one) | _size(one)
            for one in found
            if kind_of(one) == "public_channel" or call.app_is_in(one)
        ]
    )
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def of_somebody(call: Call) -> JsonObject:
    """users.conversations: those that somebody, or the app, is in; of another person those that the app sees."""
    user = call.user().id if call.text("user") else call.workspace.app.bot_user_id
    mine = [one for one in _of_types(call) if user in one.members]
    seen = [one for one in mine if kind_of(one) == "public_channel" or call.app_is_in(one)]
    shown, cursor = call.page([written(call, one) for one in seen])
    return {"channels": shown, "response_metadata": {"next_cursor": cursor}}


def members(call: Call) -> JsonObject:
    """conversations.members: who is in it."""
    shown, cursor = call.page(visible(call).members)
    return {"members": shown, "response_metadata": {"next_cursor": cursor}}


def _of_types(call: Call) -> list[Channel]:
    types = [kind.strip() for kind in (call.text("types") or _DEFAULT_TYPES).split(",")]
    for kind in types:
        if kind not in ROOMS:
            raise SlackError("invalid_types")
        needs_scope(f"{ROOMS[kind]}:read", call.workspace.app.scopes)
    without_archived = call.flag("exclude_archived")
    channels = call.workspace.channels.values()
    return [one for one in channels if kind_of(one) in types and not (without_archived and one.is_archived)]


def history(call: Call) -> JsonObject:
    """conversations.history: what was said in it outside threads, newest first."""
    channel = _readable(call)
    said = [
        message
        for message in _said_in(call, channel)
        if not message.is_reply or message.subtype == "thread_broadcast"
    ]
    return {**_page(call, said[::-1]), "pin_count": len(call.workspace.pins(channel.id))}


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
    shown, cursor = call.page(said)
    page: JsonObject = {"messages": [_read(call, message) for message in shown], "has_more": bool(cursor)}
    _tell_of_threads(page["messages"], call.workspace.messages.values())
    return page | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _read(call: Call, message: Message) -> JsonObject:
    written_message = call.workspace.written(message)
    if not call.flag("include_all_metadata"):
        written_message.pop("metadata", None)
    return written_message


def _tell_of_threads(shown: list[JsonObject], everything: Iterable[Message]) -> None:
    """Messages that began a thread say how many answered, who, and when last."""
    roots = {one["ts"] for one in shown}
    answers: dict[str, list[Message]] = defaultdict(list)
    for message in everything:
        if message.is_reply and message.thread_ts in roots and message.ephemeral_to is None:
            answers[str(message.thread_ts)].append(message)
    for one in shown:
        if replied := answers.get(one["ts"]):
            people = list(dict.fromkeys(answer.user for answer in replied))
            one |= {
                "thread_ts": one["ts"],
                "reply_count": len(replied),
                "reply_users_count": len(people),
                "latest_reply": replied[-1].ts,
                "reply_users": people[:5],
                "is_locked": False,
                "subscribed": False,
            }


def _readable(call: Call) -> Channel:
    """The conversation, by its id, whose messages the app may read."""
    channel = call.workspace.channels.get(call.text("channel"))
    if channel is None or (channel.is_im and not call.app_is_in(channel)):
        raise SlackError("channel_not_found")
    needs_scope(f"{ROOMS[kind_of(channel)]}:history", call.workspace.app.scopes)
    if not call.app_is_in(channel):
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def visible(call: Call) -> Channel:
    """The conversation whose members and name the app may know."""
    channel = call.channel()
    needs_scope(f"{ROOMS[kind_of(channel)]}:read", call.workspace.app.scopes)
    if channel.is_private and not call.app_is_in(channel):
        raise SlackError("channel_not_found")
    return channel


def kind_of(channel: Channel) -> str:
    """The conversation's type, as `types` names it."""
    if channel.is_im or channel.is_mpim:
        return "im" if channel.is_im else "mpim"
    return "private_channel" if channel.is_private else "public_channel"


def written(call: Call, channel: Channel) -> JsonObject:
    """The conversation as Slack answers it."""
    created = int(call.workspace.clock().timestamp())
    return channel.to_slack(call.workspace.app.bot_user_id, created=created)


def _size(channel: Channel, *, asked: bool = True) -> JsonObject:
    return {"num_members": len(channel.members)} if asked and not channel.is_im else {}
