"""Messages, files and mail, and how Slack writes them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from sandbox.app import App
from sandbox.clock import iso

JsonObject = dict[str, Any]
# The subtype of what stands for a deleted message that has replies.
TOMBSTONE = "tombstone"
EMOJI_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


@dataclass
class File:
    """A file that was uploaded, or is about to be: until `content` is there it is only a promise."""

    id: str
    name: str
    length: int
    mimetype: str
    title: str = ""
    content: bytes | None = None
    completed: bool = False
    created: int = 0
    # Who uploaded it; nobody said is the app.
    user: str = ""

    @property
    def path(self) -> str:
        """Where the sandbox serves it."""
        return f"/files/{self.id}/{quote(self.name)}"

    def to_state(self) -> JsonObject:
        """The file as the page draws it."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "size": self.length,
            "url": self.path,
        }

    def to_slack(self, app: App, public_url: str) -> JsonObject:
        """The file as files.info answers."""
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": PurePath(self.name).suffix.removeprefix(".").lower(),
            "user": self.user or app.bot_user_id,
            "mode": "hosted",
            "editable": False,
            "size": self.length,
            "is_external": False,
            "is_public": False,
            "url_private": public_url + self.path,
            "url_private_download": public_url + self.path,
            "permalink": public_url + self.path,
        }


@dataclass
class Message:
    """A message; `ephemeral_to` names the one person who sees it."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[JsonObject] = field(default_factory=list)
    bot_id: str | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edited_ts: str | None = None
    files: list[File] = field(default_factory=list)
    attachments: list[JsonObject] = field(default_factory=list)
    subtype: str | None = None
    # What the app calls itself in this message: username, icon_emoji, icon_url.
    customized: dict[str, str] = field(default_factory=dict)
    # What the subtype says beside the words: the new topic of channel_topic.
    details: dict[str, str] = field(default_factory=dict)
    metadata: JsonObject | None = None
    pinned: JsonObject | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def all_blocks(self) -> list[JsonObject]:
        """The blocks of the message and those in its attachments: what a person can click stands in either."""
        return [*self.blocks, *(block for one in self.attachments for block in one.get("blocks") or ())]

    @property
    def unfurl_id(self) -> str:
        """What Slack calls it where its links are shown in full."""
        return f"{self.channel}.{self.ts}"

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread that another message began."""
        return self.thread_ts not in (None, self.ts)

    @property
    def written_reactions(self) -> list[JsonObject]:
        """Each emoji with the people who put it there."""
        return [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in self.reactions.items()
        ]

    def to_state(self) -> JsonObject:
        """The message as the page draws it."""
        return {
            "channel": self.channel,
            "ts": self.ts,
            "user": self.user,
            "bot_id": self.bot_id,
            "text": self.text,
            "blocks": self.blocks,
            "thread_ts": self.thread_ts,
            "edited": self.edited_ts is not None,
            "ephemeral_to": self.ephemeral_to,
            "files": [file.to_state() for file in self.files],
            "attachments": self.attachments,
            "subtype": self.subtype,
            "customized": self.customized,
            "pinned": self.pinned is not None,
            "reactions": self.written_reactions,
        }

    def to_slack(self, app: App, team_id: str) -> JsonObject:
        """The message as the Web API and the deliveries write it."""
        written: JsonObject = {
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "team": team_id,
            "blocks": self.blocks,
        }
        if self.bot_id:
            written |= {"bot_id": self.bot_id, "app_id": app.id}
        written |= self.customized | self.details
        if self.subtype == TOMBSTONE:
            written["hidden"] = True
        for name in ("subtype", "thread_ts", "attachments"):
            if value := getattr(self, name):
                written[name] = value
        if self.edited_ts:
            written["edited"] = {"user": self.user, "ts": self.edited_ts}
        if self.metadata:
            written["metadata"] = self.metadata
        if self.reactions:
            written["reactions"] = self.written_reactions
        if self.pinned:
            written |= {"pinned_to": [self.channel], "pinned_info": {"channel": self.channel, **self.pinned}}
        return written


@dataclass(frozen=True)
class Mail:
    """A mail in the workspace's mailbox."""

    id: str
    at: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[File, ...] = ()

    def to_state(self) -> JsonObject:
        """The mail as the page draws it."""
        return {
            "id": self.id,
            "at": iso(self.at),
            "from": self.sender,
            "to": self.to,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "attachments": [
                {"name": file.name, "url": file.path, "size": file.length} for file in self.attachments
            ],
        }
