"""Our place in Slack is watched: what is in the way is known, and that it is gone."""

from __future__ import annotations

import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

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
    far_side.usual["auth.test"] = {"team_id": WORKSPACE, "team": "Esempio", "user_id": "U0", "bot_id": "B0"}
    far_side.usual["team.info"] = {"team": {"id": WORKSPACE, "name": "Esempio", "locale": "it-IT"}}
    settings = BotSettings(
        slack_bot_token=SecretStr("xoxb-1"), slack_signing_secret=SecretStr("s"), slack_api_url=far_side.url
    )
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
