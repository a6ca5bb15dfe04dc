"""The deliveries carry the keys that Slack's own were seen to carry.

`shapes/` has the recorded ones with their values blanked, from slackapi/java-slack-sdk's samples (MIT).
"""

import json
from pathlib import Path
from typing import Any

from tests.sandbox.workbench import Slack, home, modal

SHAPES = Path(__file__).with_name("shapes")
IDENTITY = {"type", "team", "user", "api_app_id", "token", "enterprise", "is_enterprise_install"}
# Slack sends a view's blocks too; they were cut from the recordings.
CUT = {"view": {"blocks"}}


def assert_keys(payload: dict[str, Any], shape_name: str, always: set[str]) -> None:
    """No key that Slack does not send, and none missing of those that it always sends."""
    recorded = json.loads((SHAPES / f"{shape_name}.json").read_text())
    assert always <= payload.keys()
    assert _unknown(payload, recorded, "") == []


def _unknown(payload: dict[str, Any], recorded: dict[str, Any], path: str) -> list[str]:
    unrecorded = payload.keys() - recorded.keys() - CUT.get(path.rpartition("/")[2], set())
    unknown = [f"{path}/{key}" for key in unrecorded]
    for key, inner in payload.items():
        known = recorded.get(key)
        if isinstance(inner, list) and isinstance(known, list) and inner and known:
            inner, known = inner[0], known[0]
        if isinstance(inner, dict) and isinstance(known, dict) and known:
            unknown += _unknown(inner, known, f"{path}/{key}")
    return unknown


async def test_a_command_has_slacks_keys(slack: Slack) -> None:
    await slack.trigger()
    always = {"token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name"}
    always |= {"command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"}
    assert_keys(slack.bot.last(), "SlashCommandPayload", always)


async def test_a_click_on_a_message_has_slacks_keys(slack: Slack) -> None:
    blocks = modal()["blocks"]
    posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=blocks)
    await slack.control("action", user="U1", channel="C1", message_ts=posted["ts"], action_id="more")
    always = {"container", "trigger_id", "channel", "message", "response_url", "state", "actions"}
    assert_keys(slack.bot.last(), "BlockActionPayload", IDENTITY | always)


async def test_a_click_in_a_view_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal()
    await slack.control("action", user="U1", view_id=view["id"], action_id="more")
    assert_keys(
        slack.bot.last(), "BlockActionPayload", IDENTITY | {"container", "trigger_id", "view", "actions"}
    )


async def test_a_submission_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal()
    await slack.control("submit", user="U1", view_id=view["id"], values={"reason": {"text": "Too dear"}})
    assert_keys(slack.bot.last(), "ViewSubmissionPayload", IDENTITY | {"trigger_id", "view"})


async def test_a_closed_view_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal(notify_on_close=True)
    await slack.control("close", user="U1", view_id=view["id"])
    assert_keys(slack.bot.last(), "ViewClosedPayload", IDENTITY | {"view", "is_cleared"})


async def test_an_opened_home_has_slacks_keys(slack: Slack) -> None:
    await slack.api("views.publish", user_id="U1", view=home("Welcome"))
    await slack.control("open-home", user="U1")
    always = {"token", "team_id", "api_app_id", "type", "authorizations", "event_id", "event_time", "event"}
    assert_keys(slack.bot.last(), "AppHomeOpenedPayload", always)
    assert slack.bot.last()["event"].keys() == {"type", "user", "channel", "tab", "event_ts", "view"}
