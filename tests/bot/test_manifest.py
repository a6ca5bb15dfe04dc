"""The manifest is what Slack takes, and asks for what the code hears and serves: no more and no less.

`manifest.schema.json` is Slack's own (slackapi/manifest-schema, MIT).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bot.app import COMMANDS, SHORTCUTS
from bot.channels import CHANGES
from bot.listeners.invoice_links import LINK_EVENTS

ROOT = Path(__file__).parents[2]
TOKENS = {"app_uninstalled", "tokens_revoked"}
HEARD = {"app_home_opened", "message.im", "user_change", *TOKENS, *CHANGES, *LINK_EVENTS}


@pytest.fixture
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "bot" / "manifest.yaml").read_text(encoding="utf-8"))
    return found


def test_it_is_valid_by_slacks_own_schema(manifest: dict[str, Any]) -> None:
    schema = json.loads(Path(__file__).with_name("manifest.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, schema)


def test_it_subscribes_to_the_events_that_are_heard(manifest: dict[str, Any]) -> None:
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == HEARD


def test_its_command_and_shortcuts_are_those_that_are_served(manifest: dict[str, Any]) -> None:
    features = manifest["features"]
    assert [command["command"] for command in features["slash_commands"]] == [*COMMANDS]
    assert {shortcut["callback_id"] for shortcut in features["shortcuts"]} == SHORTCUTS.keys()


def test_everything_comes_to_the_one_address_that_is_served(manifest: dict[str, Any]) -> None:
    settings, commands = manifest["settings"], manifest["features"]["slash_commands"]
    interactivity = settings["interactivity"]
    addresses = {
        interactivity["request_url"],
        interactivity["message_menu_options_url"],
        settings["event_subscriptions"]["request_url"],
        *(command["url"] for command in commands),
    }
    assert addresses == {"https://billing.example.com/slack/events"}
