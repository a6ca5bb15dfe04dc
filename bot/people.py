"""Who somebody is to Slack: name, language, and whether they are a guest. Asked once in a while, then remembered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing import Actor, Billing
from billing.i18n import language_of
from billing.services import members
from bot.refusals import SlackUnavailable
from bot.runner import in_thread
from bot.slack_errors import error_name

CACHE_TTL = 600
MAX_CACHED = 50_000
SLACK_ERRORS = (SlackApiError, ClientError, TimeoutError)
# Slack's words for somebody whom the workspace does not have: no waiting finds them.
UNKNOWN = ("user_not_found", "user_not_visible")

MENTION = re.compile(r"<@(\w+)>")


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack knows them. `teams` are the workspaces that list them, and the organisation of those."""

    name: str
    email: str | None
    language: str
    time_zone: str
    is_workspace_owner: bool
    is_outsider: bool
    teams: frozenset[str] = frozenset()


class People:
    """Profiles of one workspace, kept for some seconds or until Slack says that they changed.

    `stranger` stands for whoever is not looked up, or not found: they read the workspace's language.
    """

    def __init__(
        self, billing: Billing, slack: AsyncWebClient, language: str = "en", seconds: float = CACHE_TTL
    ) -> None:
        self._billing = billing
        self._slack = slack
        self._seconds = seconds
        self.stranger = Profile("", None, language, "UTC", False, True)
        self._known: dict[str, tuple[float, Profile]] = {}
        self._changes = 0
        self._in_turn: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def in_names(self, text: str, workspace_id: str) -> str:
        """The text with names in the place of mentions, for where Slack makes none of them."""
        for user_id in set(MENTION.findall(text)):
            text = text.replace(f"<@{user_id}>", (await self.profile(Actor(workspace_id, user_id))).name)
        return text

    async def profile(self, actor: Actor) -> Profile:
        """The person's profile; a stranger's for whom Slack does not have in the workspace.

        Raises SlackUnavailable when Slack cannot be asked and nothing is remembered.
        """
        if not actor.user_id:
            return self.stranger
        remembered = self._known.get(actor.user_id)
        if remembered and monotonic() - remembered[0] < self._seconds:
            return remembered[1]
        changes = self._changes
        try:
            answer = await self._slack.users_info(user=actor.user_id, include_locale=True)
        except SLACK_ERRORS as trouble:
            if isinstance(trouble, SlackApiError) and error_name(trouble) in UNKNOWN:
                if not await self._keep(actor, partial(members.lose, self._billing, actor), changes):
                    return await self.profile(actor)
                self.forget(actor.user_id)
                return self.stranger
            if remembered:
                return remembered[1]
            raise SlackUnavailable from None
        profile = _profile(answer["user"], actor)
        if not await self._keep(actor, self._meeting(actor, profile, profile.language), changes):
            return await self.profile(actor)
        if changes != self._changes:
            return profile
        if len(self._known) >= MAX_CACHED:
            self._known.clear()
        self._known[actor.user_id] = (monotonic(), profile)
        return profile

    async def changed(self, actor: Actor, user: dict[str, Any]) -> None:
        """Slack said so of somebody: what billing knows of them follows, if it knows them at all."""
        self.forget(actor.user_id)
        profile = _profile(user, actor)
        language = profile.language if user.get("locale") else None
        await self._keep(actor, self._meeting(actor, profile, language, is_known=True))

    def _meeting(
        self, actor: Actor, profile: Profile, language: str | None, *, is_known: bool = False
    ) -> Callable[[], object]:
        about = (actor, profile.name, profile.email, language)
        here = not profile.is_outsider
        return partial(members.meet, self._billing, *about, is_here=here, is_known=is_known)

    async def _keep(self, actor: Actor, write: Callable[[], object], changes: int | None = None) -> bool:
        """Writes what was said of the person, in the order in which it was said: the last word stays.

        Not, and False, where somebody has changed since `changes` were counted: it may be this one.
        """
        async with self._in_turn.setdefault(actor.user_id, asyncio.Lock()):
            if changes is not None and changes != self._changes:
                return False
            await in_thread(write)
        return True

    def forget(self, user_id: str) -> None:
        """Slack said that this person changed."""
        self._changes += 1
        self._known.pop(user_id, None)


def _profile(user: dict[str, Any], actor: Actor) -> Profile:
    told = user.get("profile", {})
    outsider = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
    workspaces = _workspaces(user) or {actor.workspace_id}
    return Profile(
        name=told.get("real_name") or user.get("real_name") or user.get("name") or actor.user_id,
        email=told.get("email"),
        language=language_of(user.get("locale")),
        time_zone=user.get("tz") or "Europe/Rome",
        is_workspace_owner=bool(user.get("is_owner") or user.get("is_primary_owner")),
        is_outsider=any(user.get(mark) for mark in outsider) or actor.workspace_id not in workspaces,
        teams=frozenset({*workspaces, (user.get("enterprise_user") or {}).get("enterprise_id") or ""} - {""}),
    )


def _workspaces(user: dict[str, Any]) -> set[str]:
    """Those that list the person. In an Enterprise Grid `team_id` names any of them, or the organisation itself."""
    listed = (user.get("enterprise_user") or {}).get("teams") or user.get("teams")
    return set(listed or filter(None, [user.get("team_id")]))
