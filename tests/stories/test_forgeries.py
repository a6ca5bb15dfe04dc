"""Requests that Slack did not send, and those of people who are not of this workspace, change nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, Printed, subscription_id, tables
from tests.stories.wire import Wire

Headers = dict[str, str]
FORGED: dict[str, Callable[[Headers], Headers]] = {
    "none at all": lambda _: {},
    "no signature": lambda good: {"x-slack-request-timestamp": good["x-slack-request-timestamp"]},
    "no timestamp": lambda good: {"x-slack-signature": good["x-slack-signature"]},
    "another one": lambda good: good | {"x-slack-signature": "v0=" + "0" * 64},
    "an empty one": lambda good: good | {"x-slack-signature": ""},
    "one that is not ASCII": lambda good: good | {"x-slack-signature": "v0=é"},
    "a timestamp that is no number": lambda good: good | {"x-slack-request-timestamp": "soon"},
    "a timestamp in other digits": lambda good: good | {"x-slack-request-timestamp": "١٧٩٥٤١٩٤٨٩"},
    "an endless timestamp": lambda good: good | {"x-slack-request-timestamp": "9" * 5000},
    "a negative timestamp": lambda good: good | {"x-slack-request-timestamp": "-1"},
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_signature_that_is_not_slacks_is_refused(
    demo_slack: Conversation, printed: Printed, forge: Callable[[Headers], Headers]
) -> None:
    wire = Wire(demo_slack)
    before = tables(demo_slack.session.billing)
    cancels = {
        "subscription_id": subscription_id(demo_slack.session.billing, "Piazza", "ai-assist"),
        "reason": "Secret",
    }
    payload = wire.submit(EMMA, "subscription.cancel_confirmed", json.dumps(cancels))
    body = urlencode({"payload": json.dumps(payload)})
    reply = await wire.sends(body, headers=forge(wire.signature(body.encode())))
    assert reply.status == 401
    assert tables(demo_slack.session.billing) == before
    assert "Secret" not in printed.text()


def confirmed(wire: Wire, callback: str, subscription: str) -> dict[str, Any]:
    """A yes to that question, which nobody was asked."""
    wish = {"plan_id": "business", "interval": "month", "quantity": 1, "seen": None, "key": "forged"}
    said = {
        "change.make": {"subscription_id": subscription, **wish},
        "renewal.restart": {"subscription_id": subscription, "seen": None, "key": "forged"},
        "transfer.make": {"subscription_id": subscription, "property_id": "prop_x"},
    }
    return wire.submit(EMMA, callback, json.dumps(said[callback]))


@pytest.mark.parametrize("callback", ["change.make", "renewal.restart", "transfer.make"])
async def test_a_forged_yes_charges_and_moves_nothing(demo_slack: Conversation, callback: str) -> None:
    wire, billing = Wire(demo_slack), demo_slack.session.billing
    before = tables(billing)
    payload = confirmed(wire, callback, subscription_id(billing, "Piazza", "ai-assist"))
    body = urlencode({"payload": json.dumps(payload)})
    for forge in FORGED.values():
        assert (await wire.sends(body, headers=forge(wire.signature(body.encode())))).status == 401
    assert tables(billing) == before


@pytest.mark.parametrize(
    "folded", ["payment.pay x", "change.undo x", "transfer.open x", "nobody.knows x", "", "more.1 more.1 x"]
)
async def test_what_nobody_folded_behind_the_dots_does_no_more_than_its_button(
    demo_slack: Conversation, folded: str
) -> None:
    emma, wire = demo_slack.as_person(EMMA), Wire(demo_slack)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    payload = wire.press(EMMA, "more.1", folded, chooses=True)
    seen = await emma.private_answers()
    await wire.interacts(payload)
    answer = await emma.is_answered(beyond=seen)
    assert "Not found: it may have been moved" in answer or "is out of date" in answer
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


@pytest.mark.parametrize("seconds", [-3600, -301, 301, 3600])
async def test_a_signature_of_another_time_is_refused(demo_slack: Conversation, seconds: int) -> None:
    wire = Wire(demo_slack)
    body = urlencode(wire.command(EMMA, "")).encode()
    reply = await wire.sends(body, headers=wire.signature(body, at=time.time() + seconds))
    assert reply.status == 401
    assert not await demo_slack.as_person(EMMA).private_answers()


async def test_a_signature_of_another_body_is_refused(demo_slack: Conversation) -> None:
    wire = Wire(demo_slack)
    reply = await wire.sends(urlencode(wire.command(EMMA, "")), headers=wire.signature(b"command=%2Fbilling"))
    assert reply.status == 401


@pytest.mark.parametrize("body", [b"\xff\xfe", b"text=\xc3(", b"\x80" * 5000])
async def test_a_body_that_is_not_utf_8_is_refused(demo_slack: Conversation, body: bytes) -> None:
    assert (await Wire(demo_slack).sends(body)).status == 401


async def test_a_body_that_is_larger_than_any_of_slacks_is_refused(demo_slack: Conversation) -> None:
    assert (await Wire(demo_slack).sends(b"x" * 1_000_001)).status == 413


SHAPELESS = [
    {"type": "block_actions"},
    {"type": "block_actions", "actions": []},
    {"type": "view_submission", "view": {"callback_id": None}},
    {"type": "shortcut"},
    {"type": "event_callback"},
    {"type": "event_callback", "event": {"type": "user_change", "user": "U0"}},
    {"type": ["block_actions"]},
    {"type": "block_actions", "actions": [{"action_id": "home.show"}], "user": {"id": "U0"}, "team": ["T0"]},
    {"type": "event_callback", "team_id": [], "event": {"type": "app_home_opened", "user": "U0"}},
    {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U0", "tab": "home"}},
]


@pytest.mark.parametrize(
    "body",
    ["", "payload=", "payload=x", "payload=[]", "payload=%7B%7D", "{", "a=b", "command=%2Fother"]
    + ["command=%2Fbilling&text=&team_id=T1", "command=%2Fbilling&text=a%00b&team_id=T1&user_id=U1"]
    + [urlencode({"payload": json.dumps(one)}) for one in SHAPELESS],
)
async def test_a_signed_body_of_no_known_shape_is_no_crash(demo_slack: Conversation, body: str) -> None:
    before = tables(demo_slack.session.billing)
    reply = await Wire(demo_slack).sends(body)
    assert 400 <= reply.status < 500
    assert tables(demo_slack.session.billing) == before


async def test_the_home_of_a_guest_shows_nothing_and_says_why(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await demo_slack.session.sandbox.change_user(GIULIA.id, is_restricted=True)
    home = text_of(await giulia.opens_home("Gli ospiti e le persone di altre aree di lavoro"))
    assert "AI Assist" not in home


async def test_the_home_of_an_admin_who_became_a_guest_is_not_drawn_again_with_what_it_showed(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    home = await giulia.opens_home("AI Assist Growth")
    await demo_slack.session.sandbox.change_user(GIULIA.id, is_restricted=True)
    await giulia.presses(home, "address.edit", buttons(home, "address.edit")[0])
    await giulia.sees_modal("Gli ospiti e le persone di altre aree di lavoro")
    after = await giulia.sees_home(other_than=home["hash"])
    assert "35,38" not in text_of(after)
    assert "Via Roma" not in text_of(after)


async def test_a_press_from_another_workspace_never_draws_the_home_of_somebody_here(
    demo_slack: Conversation,
) -> None:
    emma, wire = demo_slack.as_person(EMMA), Wire(demo_slack)
    home = await emma.opens_home("AI Assist Growth")
    payload = wire.press_in(EMMA, home, "address.edit", "x") | {
        "team": {"id": "T0FOREIGN01", "domain": "altrove"}
    }
    await wire.interacts(payload)
    await emma.sees_modal("This app serves another workspace")
    assert "AI Assist Growth" in text_of(await emma.sees_home())
    assert len(demo_slack.calls("views.publish")) == 1


async def test_somebody_of_a_connected_workspace_is_refused(demo_slack: Conversation) -> None:
    wire = Wire(demo_slack)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    payload = wire.press(GIULIA, "address.edit", "x")
    payload["user"]["team_id"] = "T0FOREIGN01"
    await wire.interacts(payload)
    await demo_slack.as_person(GIULIA).reads("Gli ospiti e le persone di altre aree di lavoro")
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
