"""The workspace, its people and its conversations, and how Slack writes them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

SLACKBOT = "USLACKBOT"
# Of a channel, in characters; also of its purpose.
LONGEST_TOPIC = 250
_COLORS = ("#1264a3", "#2b8a3e", "#a3124f", "#8a5a00", "#5b3fa8", "#0b7285", "#c2410c", "#4a4a4a")


@dataclass(frozen=True)
class Team:
    """The workspace."""

    id: str = "T0SANDBOX01"
    name: str = "Esempio S.r.l."
    domain: str = "esempio"
    locale: str = "en-GB"
    # The organisation that it belongs to, in an Enterprise Grid.
    enterprise_id: str = ""

    def enterprise(self) -> dict[str, Any] | None:
        """The organisation as deliveries name it; None for a workspace of its own."""
        return {"id": self.enterprise_id, "name": "Grid"} if self.enterprise_id else None


@dataclass
class User:
    """A person in the workspace, or a bot. `teams` are the workspaces that list them; none is this one alone."""

    id: str
    name: str
    real_name: str
    title: str = ""
    email: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Rome"
    is_owner: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False
    is_away: bool = False
    status_text: str = ""
    status_emoji: str = ""
    teams: tuple[str, ...] = ()

    @property
    def color(self) -> str:
        """The colour of the avatar: the same for the same name, whatever else changes."""
        return _COLORS[sum(map(ord, self.name)) % len(_COLORS)]

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = re.findall(r"\w+", self.real_name)
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    def to_state(self) -> dict[str, Any]:
        """The person as the page draws them."""
        shown = ("id", "name", "real_name", "title", "locale", "tz", "is_owner", "is_admin", "is_restricted")
        return {key: getattr(self, key) for key in (*shown, "is_bot", "deleted", "color", "initials")}

    def to_slack(self, team: Team, *, now: datetime, with_email: bool, with_locale: bool) -> dict[str, Any]:
        """The person as users.info answers; the address and the language only to those who may see them."""
        zone = now.astimezone(ZoneInfo(self.tz))
        offset = zone.utcoffset()
        grid = {"enterprise_user": self._in_grid(team)} if team.enterprise_id else {}
        return {
            "id": self.id,
            "team_id": self.home_team(team),
            "name": self.name,
            "deleted": self.deleted,
            "color": self.color.removeprefix("#"),
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": zone.tzname() or self.tz,
            "tz_offset": int(offset.total_seconds()) if offset else 0,
            "profile": self._profile(team, with_email=with_email),
            "is_admin": self.is_admin or self.is_owner,
            "is_owner": self.is_owner,
            "is_primary_owner": self.is_owner,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "is_stranger": self.is_stranger,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": int(now.timestamp()),
            **({"locale": self.locale} if with_locale else {}),
            **grid,
        }

    def home_team(self, team: Team) -> str:
        """The workspace that Slack calls the person's own; in a Grid it can be any of theirs."""
        return self.teams[0] if self.teams else team.id

    def _in_grid(self, team: Team) -> dict[str, Any]:
        return {
            "id": self.id,
            "enterprise_id": team.enterprise_id,
            "enterprise_name": "Grid",
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "teams": list(self.teams or (team.id,)),
        }

    def _profile(self, team: Team, *, with_email: bool) -> dict[str, Any]:
        first, _, last = self.real_name.partition(" ")
        profile: dict[str, Any] = {
            "title": self.title,
            "phone": "",
            "skype": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "status_text": self.status_text,
            "status_emoji": self.status_emoji,
            "status_expiration": 0,
            "avatar_hash": "",
            "first_name": first,
            "last_name": last,
            "team": team.id,
        }
        if with_email and self.email:
            profile["email"] = self.email
        return profile


@dataclass(frozen=True)
class Usergroup:
    """A group of people with a handle, as in @finance."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...] = ()
    description: str = ""

    def to_state(self) -> dict[str, Any]:
        """The group as the page draws it."""
        return {"id": self.id, "handle": self.handle, "name": self.name}

    def to_slack(self, team: Team, *, with_users: bool) -> dict[str, Any]:
        """The group as usergroups.list answers."""
        return {
            "id": self.id,
            "team_id": team.id,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": self.description,
            "handle": self.handle,
            "is_external": False,
            "date_create": 0,
            "date_update": 0,
            "date_delete": 0,
            "user_count": len(self.users),
            "prefs": {"channels": [], "groups": []},
            **({"users": list(self.users)} if with_users else {}),
        }


@dataclass
class Channel:
    """A conversation: a channel, or direct messages of two; `user` is who writes with the app, if the app is one.

    One that is `is_ext_shared` is read by people of another organisation too.
    """

    id: str
    name: str = ""
    is_private: bool = False
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_im: bool = False
    user: str | None = None
    is_archived: bool = False
    is_ext_shared: bool = False
    # Direct messages of more than two.
    is_mpim: bool = False
    purpose: str = ""
    # Direct messages that the app closed are not at the top until they are opened again.
    is_open: bool = True

    @property
    def kind(self) -> str:
        """What Slack calls it in a message's event; the subscription says it in the plural."""
        if self.is_im or self.is_mpim:
            return "im" if self.is_im else "mpim"
        return "group" if self.is_private else "channel"

    @property
    def slack_name(self) -> str:
        """The name deliveries carry: that of a direct or private conversation is never told."""
        if self.is_im:
            return "directmessage"
        return "privategroup" if self.is_private else self.name

    def to_state(self) -> dict[str, Any]:
        """The conversation as the page draws it."""
        if self.is_im:
            return {"id": self.id, "is_im": True, "user": self.user, "members": list(self.members)}
        return {
            "id": self.id,
            "name": self.name,
            "is_private": self.is_private,
            "is_mpim": self.is_mpim,
            "topic": self.topic,
            "members": list(self.members),
            "is_archived": self.is_archived,
            "is_ext_shared": self.is_ext_shared,
        }

    def to_slack(self, member: str, *, created: int) -> dict[str, Any]:
        """The conversation as conversations.info answers, seen by `member`."""
        about = {"id": self.id, "created": created, "is_archived": self.is_archived, "is_im": self.is_im}
        if self.is_im:
            return {**about, "is_org_shared": False, "user": self.user}
        return {
            **about,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private and not self.is_mpim,
            "is_mpim": self.is_mpim,
            "is_private": self.is_private,
            "is_general": False,
            "is_member": member in self.members,
            "is_shared": self.is_ext_shared,
            "is_ext_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": self.purpose, "creator": "", "last_set": 0},
        }
