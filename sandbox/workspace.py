"""The pretend workspace: who is in it, and everything that was said, uploaded and mailed."""

import copy
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.app import App, Command, Shortcut
from sandbox.clock import TurnableClock
from sandbox.errors import SlackError
from sandbox.ids import new_id, with_block_ids
from sandbox.messages import EMOJI_NAME, TOMBSTONE, File, JsonObject, Mail, Message
from sandbox.people import SLACKBOT, Channel, Team, User, Usergroup
from sandbox.stream import Stream
from sandbox.views import Views

__all__ = [
    "App",
    "Channel",
    "Command",
    "Mail",
    "Message",
    "Shortcut",
    "Team",
    "User",
    "Usergroup",
    "Workspace",
]


@dataclass
class AssistantThread:
    """A thread in which a person talks with the app as an assistant, and what the app shows there."""

    channel: str
    ts: str
    status: str = ""
    title: str = ""
    prompts: list[JsonObject] = field(default_factory=list)
    prompts_title: str = ""


class Workspace:
    """One workspace with one app installed. Every change to it is told to `stream` at once.

    Slack has one language for titles and topics; the page shows them in the reader's, where `translations`
    (by language, then by sentence) have them.
    """

    def __init__(
        self,
        team: Team,
        app: App,
        users: Iterable[User] = (),
        channels: Iterable[Channel] = (),
        usergroups: Iterable[Usergroup] = (),
        translations: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.team, self.app = team, app
        self.translations = translations or {}
        self.clock = TurnableClock()
        self.stream = Stream()
        self.apps = {app.bot_id: app}
        self.views = Views(team.id, app, self.stream)
        self.all_views = {app.id: self.views}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: dict[tuple[str, str], Message] = {}
        self.files: dict[str, File] = {}
        self.mail: list[Mail] = []
        self.usergroups = {group.id: group for group in usergroups}
        self.revoked_tokens: set[str] = set()
        self.bookmarks: dict[str, JsonObject] = {}
        # Where apps find this Slack: the base of what they are given to fetch.
        self.public_url = ""
        self.emoji: dict[str, str] = {}
        self.assistant: dict[tuple[str, str], AssistantThread] = {}
        # What each person sees of the Work Object that they opened last.
        self.details: dict[str, JsonObject] = {}
        # Messages that the app is still writing, with what it has written.
        self.streaming: dict[tuple[str, str], object] = {}
        self._last_ts: dict[str, int] = {}
        self.users[SLACKBOT] = User(SLACKBOT, "slackbot", "Slackbot", is_bot=True)
        self._welcome(app)
        for user in users:
            self._settle(user)
        for channel in channels:
            self._found(channel)

    def beside(self, app: App) -> "Workspace":
        """The same workspace as another app in it sees it: with views and direct messages of its own."""
        other = copy.copy(self)
        other.app, other.views = app, Views(self.team.id, app, self.stream)
        self.apps[app.bot_id], self.all_views[app.id] = app, other.views
        self._welcome(app)
        for user in self.users.values():
            if not user.is_bot:
                self._direct(user, app)
        return other

    def _welcome(self, app: App) -> None:
        name = app.name.lower().replace(" ", "_")
        self.users[app.bot_user_id] = User(app.bot_user_id, name, app.name, is_bot=True)

    def _direct(self, user: User, app: App) -> None:
        self._found(Channel(new_id("D"), is_im=True, user=user.id, members=[user.id, app.bot_user_id]))

    def add_user(self, name: str, real_name: str, **about: Any) -> User:
        """A new person (`about`: further fields of User, also a fixed `id`), with their DM with the app."""
        return self._settle(User(about.pop("id", new_id("U")), name, real_name, **about))

    def add_channel(self, name: str, members: Iterable[str] = (), **about: Any) -> Channel:
        """A new channel with these members (ids); the app is in it only when its bot user is among them."""
        return self._found(Channel(about.pop("id", new_id("C")), name, members=list(members), **about))

    def _settle(self, user: User) -> User:
        others = [known.id for known in self.users.values() if not known.is_bot]
        self.users[user.id] = user
        self.user_changed(user)
        if not user.is_bot:
            for app in self.apps.values():
                self._direct(user, app)
            for other in others:
                self._found(Channel(new_id("D"), is_im=True, members=[user.id, other]))
        return user

    def user_changed(self, user: User) -> None:
        """Tell the pages of a person who is new or has changed."""
        self.stream.send({"kind": "user", "user": user.to_state()})

    def _found(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        self.channel_changed(channel)
        return channel

    def channel_changed(self, channel: Channel) -> None:
        """Tell the pages of a channel that is new or has new members."""
        self.stream.send({"kind": "channel", "channel": channel.to_state()})

    def direct_messages(self, user_id: str) -> Channel:
        """This person's direct messages with the app; KeyError for somebody who has none."""
        for channel in self.channels.values():
            if channel.is_im and channel.user == user_id and self.app.bot_user_id in channel.members:
                return channel
        raise KeyError(user_id)

    def next_ts(self, channel_id: str) -> str:
        """A message's id: the moment by the workspace's clock, and later than any before in the channel."""
        micros = int(self.clock().timestamp() * 1_000_000)
        micros = max(micros, self._last_ts.get(channel_id, 0) + 1)
        self._last_ts[channel_id] = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def post(self, channel_id: str, user_id: str, text: str, **about: Any) -> Message:
        """Write a message (`about`: further fields of Message)."""
        message = Message(channel_id, self.next_ts(channel_id), user_id, text, **about)
        return self.put(message)

    def post_as_app(self, channel_id: str, text: str, **about: Any) -> Message:
        """Write a message of the app; blocks without a block_id get one, as Slack gives them."""
        blocks = with_block_ids(about.pop("blocks", None) or [])
        thread = self.assistant.get((channel_id, about.get("thread_ts") or ""))
        if thread and thread.status:
            thread.status = ""
            self.assistant_changed(thread)
        return self.post(
            channel_id, self.app.bot_user_id, text, blocks=blocks, bot_id=self.app.bot_id, **about
        )

    def put(self, message: Message) -> Message:
        """Keep this message, new or changed, and show it."""
        self.messages[message.channel, message.ts] = message
        self.stream.send({"kind": "message", "message": message.to_state()})
        return message

    def delete(self, message: Message) -> None:
        """Take the message away; while it has replies, a tombstone stands in its place."""
        replies = ((one.channel, one.thread_ts) for one in self.messages.values() if one.is_reply)
        if (message.channel, message.ts) in replies:
            text, ts = "This message was deleted.", message.ts
            self.put(Message(message.channel, ts, SLACKBOT, text, thread_ts=ts, subtype=TOMBSTONE))
            return
        del self.messages[message.channel, message.ts]
        self.stream.send({"kind": "message_deleted", "channel": message.channel, "ts": message.ts})

    def describe(self, channel: Channel, user_id: str, kind: str, sentence: str) -> Message:
        """Give a channel another topic or purpose (`kind`), which Slack says in it in a message."""
        setattr(channel, kind, sentence)
        self.channel_changed(channel)
        text = f"<@{user_id}> set the channel {kind}: {sentence}"
        return self.post(channel.id, user_id, text, subtype=f"channel_{kind}", details={kind: sentence})

    def react(self, message: Message, user_id: str, name: str) -> None:
        """Put somebody's emoji on a message."""
        if not EMOJI_NAME.fullmatch(name):
            raise SlackError("invalid_name")
        people = message.reactions.setdefault(name, [])
        if user_id in people:
            raise SlackError("already_reacted")
        people.append(user_id)
        self.put(message)

    def unreact(self, message: Message, user_id: str, name: str) -> None:
        """Take somebody's emoji from a message."""
        people = message.reactions.get(name, [])
        if user_id not in people:
            raise SlackError("no_reaction")
        people.remove(user_id)
        if not people:
            del message.reactions[name]
        self.put(message)

    def pin(self, message: Message, user_id: str | None) -> None:
        """Pin a message to its conversation in this person's name; for None, let it go."""
        at = int(self.clock().timestamp())
        message.pinned = {"pinned_by": user_id, "pinned_ts": at} if user_id else None
        self.put(message)

    def pins(self, channel_id: str) -> list[Message]:
        """The conversation's pinned messages, newest pin first."""
        pinned = [one for one in self.messages.values() if one.channel == channel_id and one.pinned]
        return sorted(pinned, key=lambda one: (one.pinned or {})["pinned_ts"], reverse=True)

    def written(self, message: Message) -> JsonObject:
        """The message as Slack writes it to the app."""
        author = self.app if message.bot_id == self.app.bot_id else self.apps.get(message.bot_id or "")
        written = message.to_slack(author or self.app, self.team.id)
        if message.files:
            written["files"] = [file.to_slack(self.app, self.public_url) for file in message.files]
        root = self.messages.get((message.channel, message.thread_ts or ""))
        return written | ({"parent_user_id": root.user} if root and message.is_reply else {})

    def assistant_thread(self, channel_id: str, ts: str) -> AssistantThread:
        """The thread with the assistant that this message began."""
        return self.assistant.setdefault((channel_id, ts), AssistantThread(channel_id, ts))

    def assistant_changed(self, thread: AssistantThread) -> None:
        """Tell the pages what the app shows in a thread with it."""
        self.stream.send({"kind": "assistant", "thread": vars(thread)})

    def add_emoji(self, name: str, url: str) -> None:
        """An emoji of the workspace's own: a picture's URL, or `alias:` and another's name."""
        self.emoji[name] = url
        self.stream.send({"kind": "emoji", "emoji": self.emoji})

    def promise_file(self, name: str, length: int) -> File:
        """A file that will be uploaded."""
        mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
        file = File(new_id("F"), name, length, mimetype, created=int(self.clock().timestamp()))
        self.files[file.id] = file
        return file

    def notice(self, user_id: str, text: str) -> None:
        """Slack's own words to one person, which stay nowhere."""
        self.stream.send({"kind": "notice", "user": user_id, "text": text})

    def post_mail(
        self,
        to: str,
        subject: str,
        text: str,
        html: str = "",
        attachments: Mapping[str, bytes] | None = None,
        sender: str = "",
        at: datetime | None = None,
    ) -> Mail:
        """Put a mail in the mailbox; `attachments` maps file names to contents. Any thread may call it."""
        files = []
        for name, content in (attachments or {}).items():
            file = self.promise_file(name, len(content))
            file.content, file.completed = content, True
            files.append(file)
        mail = Mail(new_id("M"), at or self.clock(), sender, to, subject, text, html, tuple(files))
        self.mail.append(mail)
        self.stream.send({"kind": "mail", "mail": mail.to_state()})
        return mail

    def show_details(self, user_id: str, details: JsonObject) -> None:
        """Put this beside the conversation, for this person alone."""
        self.details[user_id] = details
        self.stream.send({"kind": "details", "user": user_id, "details": details})

    def _open_views(self) -> dict[str, list[JsonObject]]:
        stacks: dict[str, list[JsonObject]] = {}
        for views in self.all_views.values():
            stacks |= {user: stack for user, stack in views.stacks.items() if stack or user not in stacks}
        return stacks

    def to_state(self) -> JsonObject:
        """Everything the page draws, but the clock and the messages."""
        return {
            "team": vars(self.team),
            "app": self.app.to_state(),
            "apps": [app.to_state() for app in self.apps.values()],
            "app_homes": {app_id: views.homes for app_id, views in self.all_views.items()},
            "users": [user.to_state() for user in self.users.values()],
            "channels": [channel.to_state() for channel in self.channels.values()],
            "usergroups": [group.to_state() for group in self.usergroups.values()],
            "emoji": self.emoji,
            "assistant": [vars(thread) for thread in self.assistant.values()],
            "details": self.details,
            "translations": self.translations,
            "views": self._open_views(),
            "homes": self.views.homes,
            "mail": [mail.to_state() for mail in self.mail],
        }
