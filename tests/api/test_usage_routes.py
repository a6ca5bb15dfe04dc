"""Usage over HTTP: counted once an event, one or many at a time, problems as everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from tests.api.client import Client, served
from tests.api.test_reading import problem
from tests.billing.desk import WORKSPACE, Desk, at_once

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "usage.py"


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with served(desk) as client:
        yield client


def event(desk: Desk, property_id: str, event_id: str = "e-1", **other: Any) -> dict[str, Any]:
    said = {
        "event_id": event_id,
        "workspace": WORKSPACE,
        "property": property_id,
        "add_on": "ai-bot",
        "quantity": 3,
        "at": desk.clock.now.isoformat(),
    }
    return said | other


def test_usage_is_counted_once_and_shown(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    asked = {"workspace": WORKSPACE, "property": home.id}
    assert [one["used"] for one in client.get("/usage", **asked)["data"]] == [0]
    first = client.ask("/usage", "POST", json=event(desk, home.id))
    assert (first.status_code, first.json()) == (
        200,
        {"event_id": "e-1", "status": "counted", "problem": None},
    )
    answers = at_once(
        *[lambda: client.ask("/usage", "POST", json=event(desk, home.id, "e-2")).json()["status"]] * 4
    )
    assert sorted(answers) == ["counted", "known", "known", "known"]
    assert [one["used"] for one in client.get("/usage", **asked)["data"]] == [6]
    assert problem(client.ask("/usage", params=asked | {"workspace": "T0002"})) == (404, "not-found")


def test_what_does_not_count_is_a_problem(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    late, soon = (desk.clock.now + timedelta(days=days) for days in (-40, 1))

    def asked(**other: Any) -> tuple[int, str]:
        return problem(client.ask("/usage", "POST", json=event(desk, home.id) | other))

    assert asked(at=late.isoformat()) == (409, "usage-too-late")
    assert asked(at=soon.isoformat()) == (409, "usage-in-future")
    assert asked(add_on="live-chat") == (409, "not-subscribed")
    assert asked(add_on="nothing") == asked(property="prop_none") == (404, "not-found")
    for wrong in ({"quantity": 0}, {"quantity": -1}, {"at": "2026-01-31T10:00:00"}, {"event_id": "a b"}):
        assert asked(**wrong) == (422, "invalid-request")
    batch = [event(desk, home.id, "good"), event(desk, home.id, "late", at=late.isoformat())]
    answer = client.ask("/usage/batch", "POST", json={"events": batch}).json()["data"]
    assert [(one["event_id"], one["status"]) for one in answer] == [("good", "counted"), ("late", "refused")]
    assert answer[1]["problem"]["type"] == "urn:problem:usage-too-late"
    assert "usage is counted from 2026-01-31" in answer[1]["problem"]["detail"]
    for many in ([], [event(desk, home.id)] * 1001):
        assert problem(client.ask("/usage/batch", "POST", json={"events": many})) == (422, "invalid-request")
    with served(desk, scopes=("read",)) as reader:
        refused = reader.ask("/usage", "POST", json=event(desk, home.id))
        assert problem(refused) == (403, "scope-missing")
    assert [one.used for one in desk.rows("SELECT used FROM usage_counters")] == [3]


def test_the_program_of_the_documentation_reports_its_lines_once(desk: Desk, client: Client) -> None:
    owner = desk.owner()
    home = desk.property_of(owner)
    desk.buy(owner, home, "ai-bot/small/month")
    program: dict[str, Any] = run_path(str(PROGRAM))
    line = f"{WORKSPACE} {home.id} ai-bot 2 {desk.clock.now.isoformat()}"
    events = [program["read_event"](f"e-{number} {line}") for number in range(1_100)]
    first = program["report"](client.url, client.key, events)
    assert [one["event_id"] for one in first] == [one["event_id"] for one in events]
    assert {one["status"] for one in first} == {"counted"}
    assert {one["status"] for one in program["report"](client.url, client.key, events)} == {"known"}
    (shown,) = client.get("/usage", workspace=WORKSPACE, property=home.id)["data"]
    assert (shown["used"], shown["allowance"], shown["left"]) == (2_200, 1_000, 0)
