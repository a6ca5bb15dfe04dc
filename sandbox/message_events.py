"""What the app hears of messages, as far as it may: each event with the name by which an app subscribes to it."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from sandbox import payloads
from sandbox.messages import TOMBSTONE, File, JsonObject, Message
from sandbox.people import Channel, User
from sandbox.workspace import AssistantThread, Workspace

# An event's subscription, and its envelope.
News = list[tuple[str, JsonObject]]

_URL = re.compile(r"https?://[^\s<>|]+")


def subscription_of(channel: Channel) -> str:
    """The event that an app subscribes to for what is written there."""
    return f"message.{channel.kind}" if channel.kind in ("im", "mpim") else f"message.{channel.kind}s"


def posted(workspace: Workspace, message: Message) -> News:
    """Somebody wrote a message: an event of type `message`, and `app_mention` where the app is called."""
    if not _is_heard(workspace, message):
        return []
    channel = workspace.channels[message.channel]
    inner = {**workspace.written(message), "channel": channel.id, "event_ts": message.ts}
    message_event = inner | {"type": "message", "channel_type": channel.kind}
    news = [(subscription_of(channel), payloads.event(workspace, message_event))]
    bot = workspace.app.bot_user_id
    if message.user != bot and f"<@{bot}>" in message.text and not channel.is_im:
        news.append(("app_mention", payloads.event(workspace, {**inner, "type": "app_mention"})))
    return news


def shared(workspace: Workspace, message: Message) -> News:
    """Somebody shared files in a message: one event for each."""
    if not _is_heard(workspace, message):
        return []
    about = {"type": "file_shared", "channel_id": message.channel, "user_id": message.user}
    about["event_ts"] = payloads.moment(workspace)
    return [
        ("file_shared", payloads.event(workspace, {**about, "file_id": file.id, "file": {"id": file.id}}))
        for file in message.files
    ]


def links_in(workspace: Workspace, message: Message) -> list[dict[str, str]]:
    """The links in a message to the app's own domains."""
    return [
        {"domain": domain, "url": url}
        for url in _URL.findall(message.text)
        if (domain := _domain_of(url, workspace.app.unfurl_domains))
    ]


def links_shared(workspace: Workspace, message: Message) -> News:
    """Somebody wrote links to the app's domains."""
    links = links_in(workspace, message)
    if not links or not _is_heard(workspace, message):
        return []
    about = {
        "type": "link_shared",
        "channel": message.channel,
        "is_bot_user_member": True,
        "user": message.user,
        "message_ts": message.ts,
        "unfurl_id": message.unfurl_id,
        "source": "conversations_history",
        "links": links,
        "event_ts": payloads.moment(workspace),
        **({"thread_ts": message.thread_ts} if message.thread_ts else {}),
    }
    return [("link_shared", payloads.event(workspace, about))]


def _domain_of(url: str, domains: Sequence[str]) -> str | None:
    host = urlsplit(url).hostname or ""
    return next((one for one in domains if host == one or host.endswith(f".{one}")), None)


def file_created(workspace: Workspace, file: File) -> News:
    """The app uploaded a file."""
    return _about_file(workspace, "file_created", file, user_id=file.user or workspace.app.bot_user_id)


def file_deleted(workspace: Workspace, file: File) -> News:
    """Somebody deleted a file."""
    return _about_file(workspace, "file_deleted", file)


def direct_messages_opened(workspace: Workspace, channel: Channel) -> News:
    """The app's direct messages with somebody are among its open ones, or no longer."""
    kind = "im_open" if channel.is_open else "im_close"
    return _about_channel(workspace, channel, kind, {"user": channel.user})


def changed(workspace: Workspace, message: Message, before: JsonObject) -> News:
    """Somebody edited a message, which was like `before` (as Slack writes it)."""
    if not _is_heard(workspace, message):
        return []
    about = {"message": workspace.written(message), "previous_message": before}
    return _about_message(workspace, message, "message_changed", about)


def deleted(workspace: Workspace, message: Message) -> News:
    """Somebody deleted a message; where a tombstone stands for it, it was changed into that."""
    if not _is_heard(workspace, message):
        return []
    stone = workspace.messages.get((message.channel, message.ts))
    if stone is not None and stone.subtype == TOMBSTONE:
        return changed(workspace, stone, workspace.written(message))
    about = {"deleted_ts": message.ts, "previous_message": workspace.written(message)}
    return _about_message(workspace, message, "message_deleted", about)


def reacted(workspace: Workspace, user_id: str, message: Message, name: str, *, added: bool) -> News:
    """Somebody put an emoji on a message, or took it back."""
    if not _is_heard(workspace, message):
        return []
    kind = "reaction_added" if added else "reaction_removed"
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    about = {"user": user_id, "reaction": name, "item": item, "item_user": message.user}
    return [
        (kind, payloads.event(workspace, {"type": kind, **about, "event_ts": payloads.moment(workspace)}))
    ]


def pinned(workspace: Workspace, user_id: str, message: Message, *, added: bool, count: int) -> News:
    """Somebody pinned a message, or took the pin out; `count` are left in the conversation."""
    if not _is_heard(workspace, message):
        return []
    kind = "pin_added" if added else "pin_removed"
    about = {
        "user": user_id,
        "channel_id": message.channel,
        "item": pin(workspace, message),
        "item_user": message.user,
        "pin_count": count,
        "has_pins": count > 0,
        "event_ts": payloads.moment(workspace),
    }
    return [(kind, payloads.event(workspace, {"type": kind, **about}))]


def pin(workspace: Workspace, message: Message) -> JsonObject:
    """A pinned message as one of a conversation's pins."""
    about = {"created": (message.pinned or {}).get("pinned_ts", 0)}
    about["created_by"] = (message.pinned or {}).get("pinned_by", "")
    return {"type": "message", "channel": message.channel, "message": workspace.written(message), **about}


def member_joined(workspace: Workspace, channel: Channel, user: User, inviter: str = "") -> News:
    """Somebody, or the app, entered a channel."""
    about = {"user": user.id, "channel_type": channel.kind[0].upper(), "team": workspace.team.id}
    about |= {"inviter": inviter} if inviter else {}
    return _about_channel(workspace, channel, "member_joined_channel", about)


def member_left(workspace: Workspace, channel: Channel, user: User) -> News:
    """Somebody left a channel, or was removed from it; the app itself hears that in other words."""
    if user.id == workspace.app.bot_user_id:
        return channel_changed(workspace, channel, "left", actor_id=user.id)
    about = {"user": user.id, "channel_type": channel.kind[0].upper(), "team": workspace.team.id}
    return _about_channel(workspace, channel, "member_left_channel", about)


def channel_changed(workspace: Workspace, channel: Channel, kind: str, /, **about: object) -> News:
    """A channel was created, renamed, archived or the like (`kind` without its first word)."""
    return _about_channel(workspace, channel, f"{channel.kind}_{kind}", about)


def assistant_thread(
    workspace: Workspace, thread: AssistantThread, user: User, kind: str, looking_at: str | None
) -> News:
    """Somebody began to talk with the app as an assistant (`started`), or looks elsewhere (`context_changed`)."""
    seen = {
        "channel_id": looking_at,
        "team_id": workspace.team.id,
        "enterprise_id": workspace.team.enterprise_id,
    }
    about = {
        "user_id": user.id,
        "context": seen if looking_at else {},
        "channel_id": thread.channel,
        "thread_ts": thread.ts,
    }
    kind = f"assistant_thread_{kind}"
    inner = {"type": kind, "assistant_thread": about, "event_ts": payloads.moment(workspace)}
    return [(kind, payloads.event(workspace, inner))]


def emoji_added(workspace: Workspace, name: str, url: str) -> News:
    """The workspace has an emoji more."""
    inner = {"type": "emoji_changed", "subtype": "add", "name": name, "value": url}
    return [("emoji_changed", payloads.event(workspace, inner | {"event_ts": payloads.moment(workspace)}))]


def _about_channel(workspace: Workspace, channel: Channel, kind: str, about: JsonObject) -> News:
    return [(kind, payloads.channel_change(workspace, channel, kind, **about))]


def _about_file(workspace: Workspace, kind: str, file: File, **about: object) -> News:
    named = {} if kind == "file_deleted" else {"file": {"id": file.id}}
    inner = {"type": kind, "file_id": file.id, **named, **about, "event_ts": payloads.moment(workspace)}
    return [(kind, payloads.event(workspace, inner))]


def _about_message(workspace: Workspace, message: Message, subtype: str, about: JsonObject) -> News:
    channel = workspace.channels[message.channel]
    inner = {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.kind,
        "ts": payloads.moment(workspace),
        "event_ts": payloads.moment(workspace),
        **about,
    }
    return [(subscription_of(channel), payloads.event(workspace, inner))]


def _is_heard(workspace: Workspace, message: Message) -> bool:
    """What one person alone sees, and what is written where the app is not, it never hears of."""
    members = workspace.channels[message.channel].members
    return message.ephemeral_to is None and workspace.app.bot_user_id in members
