"""The desks of all workspaces in which the app is installed: in memory, so that a request waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from billing import Billing
from billing.i18n import language_of
from billing.services import installations
from billing.values.installations import Installation
from bot.context import Desk
from bot.homes import PACE_SECONDS, Cards, Homes
from bot.operators import Operators
from bot.people import People
from bot.runner import in_thread
from bot.settings import BotSettings
from bot.web_client import SlackClient

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# What others write is dated before it can be read, and clocks are put back: what changed within it is read twice.
LEEWAY = timedelta(minutes=5)
log = structlog.get_logger()


class Desks:
    """One desk a workspace. Those of an organisation that installed the app as a whole are made when somebody comes.

    `host` answers whoever belongs to none of them: it has no workspace, or is that of `SLACK_BOT_TOKEN`.
    """

    def __init__(
        self,
        billing: Billing,
        settings: BotSettings,
        session: ClientSession,
        wake: Callable[[], None],
        *,
        pace: float = PACE_SECONDS,
        at_bank: Executor | None = None,
    ) -> None:
        self.billing, self._settings, self._session = billing, settings, session
        self._wake, self._pace, self._at_bank = wake, pace, at_bank
        self._installed: dict[str, Installation] = {}
        self._desks: dict[str, Desk] = {}
        self._cards = Cards()
        self._operators = Operators(
            billing,
            settings.operator_workspace_id,
            settings.operators,
            settings.approval_limits,
        )
        self._seen = LONG_AGO
        self.host = self._make(Installation("", "", "en"), "", "", "en")

    def client(self, token: str) -> AsyncWebClient:
        """Speaks to Slack with that token, where it is not empty."""
        return SlackClient(token or None, self._settings.slack_api_url, self._session)

    def at(self, workspace_id: str, organisation_id: str = "") -> Desk | None:
        """That of the workspace, if somebody was served there before.

        Slack sometimes names the organisation in the place of the workspace: where it has one desk, that is meant.
        """
        if found := self._desks.get(workspace_id):
            return found
        organisation = organisation_id or workspace_id
        of_it = [desk for desk in self._desks.values() if desk.enterprise_id == organisation]
        return of_it[0] if workspace_id == organisation and len(of_it) == 1 else None

    async def of(self, workspace_id: str, organisation_id: str = "") -> Desk | None:
        """The same; one that is not known yet is looked for. None where the app is not installed."""
        if found := self.at(workspace_id, organisation_id):
            return found
        if not workspace_id or workspace_id == organisation_id:
            return None
        if workspace_id not in self._installed and organisation_id not in self._installed:
            await self.follow()
        if (found := self.at(workspace_id)) is None and organisation_id in self._installed:
            found = await self._enter(self._installed[organisation_id], workspace_id)
        return found

    def all_of(self, organisation_or_workspace: str) -> list[Desk]:
        """Those of that workspace, or of all workspaces of that organisation."""
        named = organisation_or_workspace
        return [desk for desk in self._desks.values() if named in (desk.workspace_id, desk.enterprise_id)]

    def account_of(self, workspace_id: str, organisation_id: str) -> str | None:
        """The account whose installation serves that workspace."""
        return next((one for one in (workspace_id, organisation_id) if one in self._installed), None)

    async def follow(self) -> None:
        """Serves where it was installed since the last look, by any process, and no more where it was taken out."""
        since = self._seen - LEEWAY if self._seen > LONG_AGO else LONG_AGO
        self._seen, changed = await in_thread(installations.changed_since, self.billing, since)
        for one in changed:
            if one.is_asleep:
                self.forget(one.account_id)
            elif one.tokens is not None:
                self._serve(one, one.tokens.access)

    def serve_host(self, installation: Installation, token: str) -> Desk:
        """Serves the workspace of `SLACK_BOT_TOKEN`."""
        self._serve(installation, token)
        self.host = self._desks[installation.account_id]
        return self.host

    def forget(self, account_id: str) -> None:
        """The app is not installed there any more: nobody is served, but by the organisation's installation."""
        gone = self._installed.pop(account_id, None)
        for workspace_id in [key for key, desk in self._desks.items() if desk.account_id == account_id]:
            del self._desks[workspace_id]
        over_it = self._installed.get((gone and gone.organisation_id) or "")
        if over_it and over_it.tokens:
            self._serve(over_it, over_it.tokens.access)

    def _serve(self, one: Installation, token: str) -> None:
        """Makes the desks of its workspaces, those apart that have an installation of their own."""
        self._installed[one.account_id] = one
        for desk in self._desks.values():
            if desk.account_id == one.account_id:
                desk.slack.token = token  # whoever works at it goes on with the new one
        for workspace_id, language in one.reached:
            served = self._desks.get(workspace_id)
            of_its_own = served is not None and served.account_id == workspace_id != one.account_id
            as_it_is = served and (served.account_id, served.workspace_language) == (one.account_id, language)
            if not (of_its_own or as_it_is):
                self._desks[workspace_id] = self._make(one, workspace_id, token, language)

    async def _enter(self, one: Installation, workspace_id: str) -> Desk:
        """Somebody came from a workspace of an organisation that installed the app."""
        token = one.tokens.access if one.tokens else ""
        team = (await self.client(token).team_info(team=workspace_id))["team"]
        language = language_of(team.get("locale"))
        name = team.get("name") or workspace_id
        await in_thread(installations.enter, self.billing, one.account_id, workspace_id, name, language)
        self._desks[workspace_id] = self._make(one, workspace_id, token, language)
        return self._desks[workspace_id]

    def _make(self, one: Installation, workspace_id: str, token: str, language: str) -> Desk:
        slack, billing = self.client(token), self.billing.within(workspace_id)
        people = People(billing, slack, language)
        return Desk(
            billing,
            slack,
            people,
            workspace_id=workspace_id,
            workspace_language=language,
            wake=self._wake,
            support=self._settings.support,
            homes=Homes(billing, slack, people, self._pace),
            cards=self._cards,
            at_bank=self._at_bank,
            enterprise_id=one.organisation_id,
            account_id=one.account_id,
            public_url=self._settings.public_url,
            operators=self._operators,
        )

    async def close(self) -> None:
        """Draws no Home any more."""
        for desk in self._desks.values():
            await desk.homes.close()


def installation_of(who: Any, team: Any) -> Installation:
    """What Slack says of the workspace of `SLACK_BOT_TOKEN`."""
    return Installation(
        account_id=who["team_id"],
        name=team.get("name") or who["team"],
        language=language_of(team.get("locale")),
        workspace_id=who["team_id"],
        organisation_id=who.get("enterprise_id"),
        bot_user_id=who["user_id"],
    )


def place_of(body: Mapping[str, Any]) -> tuple[str, str]:
    """The workspace and the organisation that Slack names; of an organisation's installation, where the person is."""
    seen_by = (body.get("authorizations") or [{}])[0]
    organisation = (
        body.get("enterprise_id")
        or (body.get("enterprise") or {}).get("id")
        or seen_by.get("enterprise_id")
        or ""
    )
    team = body.get("team_id") or (body.get("team") or {}).get("id") or ""
    person = body.get("user")
    if organisation and team in ("", organisation) and isinstance(person, dict):
        team = person.get("team_id") or team
    return str(team), str(organisation)  # what is no text is no workspace of ours
