"""What is made as Slack makes it is read; what is not, signed or not, is refused before anybody reads it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.envelopes import is_whole

BY = {"team": {"id": "T1"}, "user": {"id": "U1", "team_id": "T1"}, "enterprise": None, "trigger_id": "1.2"}
VIEW = {"id": "V1", "type": "modal", "callback_id": "x", "private_metadata": "", "state": {"values": {}}}
TOLD = {"type": "event_callback", "team_id": "T1", "authorizations": [{"team_id": "T1", "user_id": "U0"}]}


def pressed(**action: Any) -> dict[str, Any]:
    return {**BY, "type": "block_actions", "actions": [{"action_id": "a", "block_id": "b", **action}]}


def submitted(state: Any) -> dict[str, Any]:
    return {**BY, "type": "view_submission", "view": {**VIEW, "state": {"values": state}}}


@pytest.mark.parametrize(
    "body",
    [
        {"type": "url_verification", "challenge": "x", "token": "x"},
        {"ssl_check": "1", "token": "x"},
        {"command": "/billing", "text": "", "team_id": "T1", "user_id": "U1"},
        pressed(value="x", text={"type": "plain_text", "text": "x"}),
        pressed(selected_option=None, type="static_select"),
        submitted({"field": {"value": {"type": "plain_text_input", "value": None}}}),
        submitted({"field": {"value": {"type": "users_select", "selected_user": None}}}),
        submitted({"field": {"value": {"type": "checkboxes", "selected_options": [{"value": "x"}]}}}),
        {**TOLD, "event": {"type": "channel_rename", "channel": {"id": "C1", "name": "x", "created": 1}}},
        {
            **TOLD,
            "event": {
                "type": "user_change",
                "user": {"id": "U1", "profile": {"email": None}, "deleted": True},
            },
        },
        {**TOLD, "event": {"type": "message", "channel_type": "im", "bot_id": "B1", "text": "🙂"}},
    ],
)
def test_what_slack_sends_is_read(body: dict[str, Any]) -> None:
    assert is_whole(body)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"command": "/billing", "text": ""},
        {"command": "/billing", "user_id": ""},
        {"command": "/billing", "text": "a\0b", "user_id": "U1"},
        {"command": "/billing", "text": "\ud800", "user_id": "U1"},
        {**pressed(), "team": "T1"},
        {**pressed(), "enterprise": ["E1"]},
        {**pressed(), "user": "U1"},
        {**pressed(), "actions": [None]},
        pressed(value={"id": 1}),
        pressed(selected_option="x"),
        submitted({"field": None}),
        submitted({"field": {"value": None}}),
        submitted({"field": {"value": {"value": 10**30}}}),
        submitted({"field": {"value": {"value": "\ud800"}}}),
        submitted({"field": {"value": {"selected_user": ""}}}),
        {**submitted({}), "view": {**VIEW, "private_metadata": {"id": 1}}},
        {**TOLD, "event": "message"},
        {**TOLD, "team_id": None, "event": {"type": "message"}},
        {**TOLD, "team_id": {}, "event": {"type": "message"}},
        {**TOLD, "authorizations": ["T1"], "event": {"type": "message"}},
        {**TOLD, "event": {"type": "user_change", "user": {"id": "U1", "profile": {"email": {}}}}},
    ],
)
def test_what_slack_cannot_have_sent_is_not(body: Any) -> None:
    assert not is_whole(body)
