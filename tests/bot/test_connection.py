"""Our place in Slack is watched: what is in the way is known, and that it is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from billing.adapters.ciphers import FernetCipher, new_key
from billing.services import installations
from billing.values.installations import Installation, Tokens
from bot.connection import Connection
from bot.meters import Meters
from bot.settings import BotSettings
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (
            web.json_response({"ok": False, "error": "token_revoked"}),
            "Slack does not take the token: token_revoked",
        ),
        (web.json_response({"ok": False, "error": "fatal_error"}), "Slack answers: fatal_error"),
        (web.Response(status=503, text="maintenance"), "Slack answers: 503"),
    ],
)
async def test_a_token_that_is_revoked_or_a_slack_in_trouble_is_seen_later_and_so_is_its_end(
    sqlite_desk: Desk, far_side: FarSide, slack: AsyncWebClient, answer: web.Response, fault: str
) -> None:
    settings = far_side.knows_the_bot()
    assert slack.session is not None
    connection = Connection(sqlite_desk.billing, settings, slack.session, 0, Meters.make())
    faults = []
    try:
        for planned in (None, answer, None):
            if planned:
                far_side.plans("auth.test", planned)
            await connection.check()
            faults.append(connection.fault)
    finally:
        await connection.close(1)
    assert faults == [None, fault, None]
    assert len([method for method, _ in far_side.calls if method == "team.info"]) == 1


async def test_a_token_of_the_settings_that_slack_refuses_keeps_nobody_waiting_who_installed_the_app(
    sqlite_desk: Desk, far_side: FarSide, slack: AsyncWebClient
) -> None:
    billing = replace(sqlite_desk.billing, cipher=FernetCipher([new_key()]))
    installations.keep(billing, Installation("T0002", "Other", "en", Tokens("xoxb-2"), "T0002"))
    settings = BotSettings(
        slack_bot_token=SecretStr("xoxb-1"),
        slack_client_id="1.2",
        slack_client_secret=SecretStr("s"),
        slack_signing_secret=SecretStr("s"),
        slack_api_url=far_side.url,
    )
    assert slack.session is not None
    connection = Connection(billing, settings, slack.session, 0, Meters.make())
    far_side.plans("auth.test", web.json_response({"ok": False, "error": "token_revoked"}))
    try:
        await connection.check()
        assert connection.fault is None
        assert connection.handle is not None
        assert connection.desks.at("T0002") is not None
        assert connection.desks.at(WORKSPACE) is None
    finally:
        await connection.close(1)
