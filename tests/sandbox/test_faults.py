"""Faults by order: which deliveries and calls go wrong, how, and what the page is told of it."""

import asyncio
import json
from typing import Any

import pytest

from sandbox.faults import CALL_KINDS
from tests.sandbox.workbench import Slack

BILLING = {"user": "U1", "channel": "C1", "command": "/billing"}


async def _texts(slack: Slack, count: int) -> list[str]:
    arrived = [await asyncio.wait_for(slack.bot.arrived.get(), 2) for _ in range(count)]
    return [payload["text"] for payload in arrived]


async def test_a_delivery_arrives_twice(slack: Slack) -> None:
    await slack.control("faults", method="slash_command", kind="twice")
    assert (await slack.control("command", **BILLING, text="once"))["ok"]
    assert await _texts(slack, 2) == ["once", "once"]
    await slack.control("command", **BILLING, text="again")
    assert await _texts(slack, 1) == ["again"]


async def _at_fault(slack: Slack, text: str, **fault: Any) -> asyncio.Task[dict[str, Any]]:
    """A command that is on its way and at fault."""
    changes = slack.workspace.stream.events()
    await anext(changes)
    await slack.control("faults", **fault)
    sent = asyncio.create_task(slack.control("command", **BILLING, text=text))
    for _ in ("armed", "taken"):
        await anext(changes)
    await changes.aclose()
    return sent


async def test_a_delivery_arrives_late(slack: Slack) -> None:
    late = await _at_fault(slack, "late", method="*", kind="late", seconds=0.05)
    await slack.control("command", **BILLING, text="in time")
    assert await _texts(slack, 1) == ["in time"]
    assert (await late)["ok"]
    assert await _texts(slack, 1) == ["late"]


async def test_a_delivery_is_overtaken_by_the_next(slack: Slack) -> None:
    first = await _at_fault(slack, "first", method="slash_command", kind="reordered", times=2)
    await slack.control("command", **BILLING, text="second")
    await first
    assert await _texts(slack, 2) == ["second", "first"]


async def test_a_delivery_that_nothing_overtakes_is_sent_after_its_time(slack: Slack) -> None:
    await slack.control("faults", method="*", kind="reordered", seconds=0.01)
    assert (await slack.control("command", **BILLING, text="alone"))["ok"]


async def test_the_log_says_which_exchange_was_at_fault(slack: Slack) -> None:
    await slack.control("faults", method="*", kind="500")
    await slack.api("auth.test")
    await slack.api("auth.test")
    log = (await slack.look("log"))["log"]
    assert [(entry["number"], entry["fault"], entry["status"]) for entry in log] == [
        (1, "500", 500),
        (2, None, 200),
    ]
    assert [entry["number"] for entry in (await slack.look("log?after=1"))["log"]] == [2]


async def test_what_is_armed_is_seen_and_taken_back(slack: Slack) -> None:
    for method, kind in (("auth.test", "429"), ("auth.test", "500"), ("*", "twice")):
        await slack.control("faults", method=method, kind=kind, times=2)
    armed = {"method": "auth.test", "kind": "429", "times": 2, "seconds": None}
    seen = await slack.look("faults")
    assert seen["faults"][0] == armed
    assert seen["faults"] == (await slack.look("state"))["faults"]
    await slack.control("clear-faults", method="auth.test", kind="500")
    await slack.control("clear-faults", kind="twice")
    assert (await slack.look("faults"))["faults"] == [armed]
    await slack.control("clear-faults")
    assert (await slack.look("faults"))["faults"] == []
    assert (await slack.api("auth.test"))["ok"]


async def test_what_can_be_ordered_is_told(slack: Slack) -> None:
    possible = await slack.look("faults")
    assert "chat.postMessage" in possible["calls"]["methods"]
    assert possible["calls"]["kinds"] == [*CALL_KINDS]
    assert "response_url" in possible["calls"]["methods"]
    assert {"slash_command", "view_submission", "app_home_opened"} <= set(possible["deliveries"]["methods"])
    assert possible["deliveries"]["kinds"] == ["twice", "late", "reordered", "followed_late"]


async def test_the_page_is_told_when_faults_are_armed_and_used_up(slack: Slack) -> None:
    async with slack.http.get(f"{slack.url}/_control/stream") as stream:
        await stream.content.readuntil(b"\n\n")
        await slack.control("faults", method="auth.test", kind="429")
        await slack.api("auth.test")
        told = [
            json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: ")) for _ in range(2)
        ]
    assert [(change["kind"], len(change["faults"])) for change in told] == [("faults", 1), ("faults", 0)]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"method": "chat.dance", "kind": "500"}, "unknown_method"),
        ({"method": "auth.test", "kind": "gone"}, "unknown_kind"),
        ({"method": "auth.test", "kind": "twice"}, "unknown_method"),
        ({"method": "slash_command", "kind": "429"}, "unknown_method"),
        ({"method": "auth.test", "kind": "500", "times": 0}, "invalid_times"),
        ({"method": "*", "kind": "late", "seconds": "4"}, "invalid_seconds"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused(slack: Slack, given: dict[str, Any], error: str) -> None:
    assert (await slack.control("faults", **given))["error"] == error
