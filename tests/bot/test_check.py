"""`python -m bot check`: what Slack does not take is said before anybody is served."""

from __future__ import annotations

from pathlib import Path

import yaml
from aiohttp import web

from billing.values.channels import OperatorChannel
from bot.check import faults_at_slack
from bot.runner import in_thread
from bot.settings import SCOPES, BotSettings
from tests.bot.conftest import FarSide

ROOT = Path(__file__).parents[2]
WHO = {"team_id": "T1", "user_id": "U0"}


async def said(side: FarSide, operator_channel: str = "", **given: str) -> list[str]:
    settings = BotSettings.model_validate(
        {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "slack_api_url": side.url, **given}
    )
    told_in = OperatorChannel(settings.operator_workspace_id, operator_channel) if operator_channel else None
    return [str(fault) for fault in await in_thread(faults_at_slack, settings, told_in)]


def answer(scopes: str) -> web.Response:
    return web.json_response({"ok": True, **WHO}, headers={"X-OAuth-Scopes": scopes})


async def test_a_token_with_all_that_the_manifest_asks_for_is_fine(far_side: FarSide) -> None:
    far_side.plans("auth.test", answer(",".join(SCOPES)))
    assert await said(far_side) == []


async def test_a_wrong_token_and_a_missing_scope_are_said(far_side: FarSide) -> None:
    far_side.plans("auth.test", web.json_response({"ok": False, "error": "invalid_auth"}))
    (refused,) = await said(far_side)
    assert refused.startswith("SLACK_BOT_TOKEN: Slack refuses it (invalid_auth). Set it in the environment")
    far_side.plans("auth.test", answer(",".join(SCOPES - {"users:read.email", "im:write"})))
    (lacking,) = await said(far_side)
    assert lacking.startswith(
        "SLACK_BOT_TOKEN: the app lacks the scopes im:write, users:read.email: add them"
    )


async def test_the_token_of_socket_mode_and_the_channel_of_support_are_tried(far_side: FarSide) -> None:
    far_side.usual["auth.test"] = WHO
    far_side.plans("apps.connections.open", web.json_response({"ok": False, "error": "invalid_auth"}))
    far_side.plans("conversations.info", web.json_response({"ok": False, "error": "channel_not_found"}))
    token, channel = await said(far_side, slack_mode="socket", slack_app_token="xapp-1", support_channel="C1")
    assert token.startswith("SLACK_APP_TOKEN: Slack refuses it (invalid_auth).")
    assert channel == "SUPPORT_CHANNEL: Slack does not show C1 (channel_not_found): invite the app there."
    far_side.plans("conversations.info", web.json_response({"ok": True, "channel": {"is_member": False}}))
    assert await said(far_side, support_channel="C1") == [
        "SUPPORT_CHANNEL: the app is not in C1: invite it there."
    ]


async def test_the_operators_channel_is_tried_in_their_own_workspace_alone(far_side: FarSide) -> None:
    far_side.usual["auth.test"] = WHO
    far_side.usual["users.info"] = {"ok": True, "user": {"id": "U1"}}
    far_side.plans("conversations.info", web.json_response({"ok": True, "channel": {"is_member": False}}))
    assert await said(far_side, "C1", operator_workspace_id="T1", operator_ids="U1") == [
        "OPERATOR_CHANNEL: the app is not in C1: invite it there."
    ]
    assert await said(far_side, "C1", operator_workspace_id="T2", operator_ids="U1") == []


async def test_a_slack_that_cannot_be_reached_is_said(far_side: FarSide) -> None:
    url = "http://127.0.0.1:1/api/"
    assert await said(far_side, slack_api_url=url) == [f"SLACK_API_URL: Slack cannot be reached at {url}."]


def test_the_scopes_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "bot" / "manifest.yaml").read_text(encoding="utf-8"))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == SCOPES
