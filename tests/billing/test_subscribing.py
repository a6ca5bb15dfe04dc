"""`python -m billing subscribe`: each call buys anew, but for those of one `--key`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.services import subscriptions
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk


@pytest.fixture
def home(sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> PropertySnapshot:
    """A property of a desk that has the clock and the database of the commands."""
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    sqlite_desk.clock.now = datetime.now(UTC)
    return sqlite_desk.property_of(sqlite_desk.owner())


def subscribe(home: PropertySnapshot, card: str, *more: str, add_on: str = "live-chat") -> Result:
    words = ["subscribe", WORKSPACE, "UOWNER", home.id, add_on, "basic", "--card", card, *more]
    return CliRunner().invoke(program, words)


def test_without_a_card_it_is_said_how_to_name_one_though_the_property_has_one(
    sqlite_desk: Desk, home: PropertySnapshot
) -> None:
    sqlite_desk.card(sqlite_desk.owner(), home)
    words = ["subscribe", WORKSPACE, "UOWNER", home.id, "live-chat", "basic"]
    ended = CliRunner().invoke(program, words)
    assert (ended.exit_code, ended.output) == (
        1,
        "Nothing was changed. No card is named to be charged: --card names one that cards list shows.\n",
    )


def test_another_card_is_tried_after_a_decline(sqlite_desk: Desk, home: PropertySnapshot) -> None:
    owner = sqlite_desk.owner()
    declined = subscribe(home, sqlite_desk.card(owner, home, "tok_declines"))
    assert declined.exit_code == 1
    bought = subscribe(home, sqlite_desk.card(owner, home))
    assert (bought.exit_code, "is active until" in bought.output) == (0, True)
    again = subscribe(home, sqlite_desk.card(owner, home))
    assert (again.exit_code, len(sqlite_desk.invoices())) == (1, 1)


def test_what_has_ended_is_bought_again_but_not_under_the_same_key(
    sqlite_desk: Desk, home: PropertySnapshot
) -> None:
    desk, owner = sqlite_desk, sqlite_desk.owner()
    card = desk.card(owner, home)
    first = subscribe(home, card, "--key", "order 7").output.strip()
    plan = first.rpartition(": ")[2]
    assert subscribe(home, card, "--key", "order 7").output.strip() == first
    subscriptions.cancel(desk.billing, owner, plan, "Too dear")
    desk.turn(days=40)
    ended = desk.plan(plan).ended_at
    assert ended is not None
    same = subscribe(home, card, "--key", "order 7")
    assert same.output.strip() == f"Live Chat Basic ended on {ended:%Y-%m-%d}: {plan}"
    another = subscribe(home, card)
    assert "is active until" in another.output
    assert plan not in another.output
