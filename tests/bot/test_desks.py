"""The desks of many workspaces: found in memory, made for an organisation's workspaces, and gone when it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from billing import Billing
from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import installations
from billing.values.installations import Installation, Tokens
from bot.desks import Desks
from bot.runner import SignallingAck
from bot.settings import BotSettings
from bot.turns import Turns
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide

GRID = "E0GRID"


@pytest.fixture
def billing(sqlite_desk: Desk) -> Billing:
    return replace(sqlite_desk.billing, cipher=FernetCipher([new_key()]))


@pytest.fixture
def desks(billing: Billing, slack: AsyncWebClient, far_side: FarSide) -> Desks:
    return desks_of(billing, slack, far_side)


def desks_of(billing: Billing, slack: AsyncWebClient, far_side: FarSide) -> Desks:
    far_side.usual["team.info"] = {"team": {"id": "T0SISTER", "name": "Sister", "locale": "it-IT"}}
    assert slack.session is not None
    settings = BotSettings(
        slack_bot_token=SecretStr("xoxb-host"),
        slack_signing_secret=SecretStr("s"),
        slack_api_url=far_side.url,
    )
    return Desks(billing, settings, slack.session, wake=lambda: None)


def installed(account: str, token: str, organisation: str | None = None) -> Installation:
    workspace_id = None if account == organisation else account
    return Installation(account, "Esempio", "en", Tokens(token, "xoxe-1"), workspace_id, organisation)


async def test_a_workspace_that_another_process_installed_is_found_without_a_restart(
    billing: Billing, desks: Desks, far_side: FarSide
) -> None:
    await desks.follow()
    assert await desks.of("T0NEW") is None
    installations.keep(billing, installed("T0NEW", "xoxb-new"))
    found = await desks.of("T0NEW")
    assert found is not None
    assert (found.workspace_id, found.slack.token) == ("T0NEW", "xoxb-new")
    assert desks.at("T0NEW") is found
    assert far_side.calls == []  # Slack is asked nothing about it


async def test_an_organisation_serves_each_of_its_workspaces_in_its_own_language(
    billing: Billing, desks: Desks, far_side: FarSide
) -> None:
    installations.keep(billing, installed(GRID, "xoxb-grid", GRID))
    await desks.follow()
    sister = await desks.of("T0SISTER", GRID)
    assert sister is not None
    assert (sister.workspace_id, sister.enterprise_id, sister.workspace_language) == ("T0SISTER", GRID, "it")
    assert sister.slack.token == "xoxb-grid"
    assert [(method, asked["team"]) for method, asked in far_side.calls] == [("team.info", "T0SISTER")]
    assert await desks.of("T0SISTER", GRID) is sister
    assert desks.all_of(GRID) == [sister]
    assert desks.at(GRID, GRID) is sister  # Slack names the organisation, and it has one desk
    assert await desks.of("T0STRANGER") is None  # of no organisation that is known


async def test_what_is_to_be_said_in_an_organisation_s_workspace_is_said_after_a_restart(
    billing: Billing, desks: Desks, far_side: FarSide, slack: AsyncWebClient
) -> None:
    installations.keep(billing, installed(GRID, "xoxb-grid", GRID))
    await desks.of("T0SISTER", GRID)
    assert slack.session is not None
    settings = BotSettings(
        slack_bot_token=SecretStr("xoxb-host"),
        slack_signing_secret=SecretStr("s"),
        slack_api_url=far_side.url,
    )
    restarted = Desks(billing, settings, slack.session, wake=lambda: None)
    found = await restarted.of("T0SISTER")  # the courier knows the row's workspace alone
    assert found is not None
    assert (found.account_id, found.workspace_language) == (GRID, "it")


async def test_a_workspace_s_own_installation_comes_before_its_organisation_s(
    billing: Billing, desks: Desks
) -> None:
    installations.keep(billing, installed(GRID, "xoxb-grid", GRID))
    await desks.of("T0SISTER", GRID)
    installations.keep(billing, installed("T0SISTER", "xoxb-own", GRID))
    await desks.follow()
    own = desks.at("T0SISTER", GRID)
    assert own is not None
    assert (own.account_id, own.slack.token) == ("T0SISTER", "xoxb-own")
    assert desks.account_of("T0SISTER", GRID) == "T0SISTER"
    installations.put_to_sleep(billing, "T0SISTER", billing.clock())
    await desks.follow()
    again = await desks.of("T0SISTER", GRID)
    assert again is not None
    assert (again.account_id, again.slack.token) == (GRID, "xoxb-grid")


async def test_whoever_works_at_a_desk_goes_on_with_the_new_token(billing: Billing, desks: Desks) -> None:
    installations.keep(billing, installed(WORKSPACE, "xoxb-old"))
    desk = await desks.of(WORKSPACE)
    assert desk is not None
    installations.keep_tokens(billing, WORKSPACE, Tokens("xoxb-fresh", "xoxe-2"), "xoxe-1")
    await desks.follow()
    assert desks.at(WORKSPACE) is desk  # what it remembers of people is kept
    assert desk.slack.token == "xoxb-fresh"


async def test_nobody_is_served_where_it_was_uninstalled(billing: Billing, desks: Desks) -> None:
    installations.keep(billing, installed(WORKSPACE, "xoxb-1"))
    installations.keep(billing, installed("T0002", "xoxb-2"))
    await desks.follow()
    installations.put_to_sleep(billing, WORKSPACE, billing.clock())
    await desks.follow()
    assert await desks.of(WORKSPACE) is None
    assert desks.at("T0002") is not None


@pytest.mark.parametrize(
    "event", [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["UBOT"]}}]
)
async def test_word_of_an_uninstallation_that_comes_after_the_next_installation_takes_nothing_away(
    sqlite_desk: Desk, billing: Billing, desks: Desks, event: dict[str, object]
) -> None:
    clock = sqlite_desk.clock

    async def hear(at: datetime) -> None:
        seconds = int(at.timestamp())
        body = {"type": "event_callback", "team_id": WORKSPACE, "event_time": seconds, "event": event}
        handler = Turns(desks).handler_for(body)
        assert handler is not None
        pending = handler.handle(body, SignallingAck())
        assert pending is not None
        await pending
        await desks.follow()

    installations.keep(billing, installed(WORKSPACE, "xoxb-1"))
    uninstalled_at = clock.now
    clock.now += timedelta(minutes=1)
    installations.keep(billing, installed(WORKSPACE, "xoxb-2"))
    await desks.follow()
    await hear(uninstalled_at)
    found = desks.at(WORKSPACE)
    assert found is not None
    assert found.slack.token == "xoxb-2"
    assert [one.is_asleep for one in installations.listed(billing)] == [False]
    await hear(clock.now + timedelta(milliseconds=400))  # Slack counts in seconds
    assert desks.at(WORKSPACE) is None
    assert [one.is_asleep for one in installations.listed(billing)] == [True]


async def test_who_comes_from_a_workspace_that_is_not_served_is_in_the_audit_log(
    desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    desks = desks_of(desk.billing, slack, far_side)
    body = {"command": "/billing", "team_id": "TFOREIGN", "user_id": "U1", "channel_id": "C1", "text": ""}
    handler = Turns(desks).handler_for(body)
    assert handler is not None
    pending = handler.handle(body, SignallingAck())
    assert pending is not None
    await pending
    refused = "SELECT workspace_id, user_id, act FROM audit_entries WHERE refused_as = 'ForeignWorkspace'"
    assert [tuple(row) for row in desk.rows(refused)] == [("TFOREIGN", "U1", "command home")]
