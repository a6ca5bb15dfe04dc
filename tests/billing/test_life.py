"""Subscriptions over years: what is charged and when, at every end of a month and every change of the clocks."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from billing.adapters.gateways.sandbox import Behaviour
from billing.models import InvoiceLine
from billing.services import changes, subscriptions
from billing.values.cycles import Interval
from billing.values.errors import Refusal
from tests.billing.lives import Lives, at

pytestmark = pytest.mark.slow

ZONES = ("Europe/Rome", "America/New_York", "Pacific/Auckland")
# At half past two, clocks that are turned forward skip it and clocks that are turned back show it twice.
BEGINNINGS = tuple(
    (datetime(2026, 1, day, 2, 30), zone, interval)
    for day in (28, 29, 30, 31)
    for zone in ZONES
    for interval in Interval
)


@pytest.fixture
def lives(database_url: str, tmp_path: Path) -> Iterator[Lives]:
    with Lives.open(database_url, tmp_path, at("2026-01-01 00:00")) as opened:
        yield opened


def beginnings(local: datetime, zone: str, interval: Interval, until: datetime) -> list[datetime]:
    """By hand: that day of each month, or the month's last, at that time of day; each year for a yearly plan."""
    found: list[datetime] = []
    months = 0
    while True:
        year, month = local.year + (local.month - 1 + months) // 12, (local.month - 1 + months) % 12 + 1
        day = min(local.day, monthrange(year, month)[1])
        moment = datetime(year, month, day, local.hour, local.minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if moment > until:
            return found
        found.append(moment)
        months += 12 if interval is Interval.YEAR else 1


def test_who_buys_on_31_january_in_rome_is_charged_on_the_last_day_of_each_month(lives: Lives) -> None:
    lives.turn_to(at("2026-01-31 10:00"))
    piazza = lives.property_in("Europe/Rome")
    lives.buy(piazza, lives.card(piazza))
    lives.live_until(at("2026-06-15 12:00"))
    assert [(charge.at, charge.minor) for charge in lives.charges()] == [
        (at("2026-01-31 10:00"), 3538),
        (at("2026-02-28 10:00"), 3538),
        (at("2026-03-31 10:00"), 3538),
        (at("2026-04-30 10:00"), 3538),
        (at("2026-05-31 10:00"), 3538),
    ]
    assert lives.cash() == lives.collected() == 5 * 3538
    assert lives.findings() == ()


def test_two_years_of_every_month_end_in_three_zones_are_charged_to_the_minute(lives: Lives) -> None:
    bought = {}
    until = datetime(2028, 3, 15, tzinfo=UTC)
    for local, zone, interval in sorted(BEGINNINGS, key=lambda b: b[0].replace(tzinfo=ZoneInfo(b[1]))):
        lives.live_until(at(local.isoformat(), zone))
        home = lives.property_in(zone, f"{zone} {local.day} {interval}")
        bought[lives.buy(home, lives.card(home), interval=interval).id] = (local, zone, interval)
    lives.live_until(until)
    charges = lives.charges()
    for subscription_id, (local, zone, interval) in bought.items():
        mine = [charge for charge in charges if charge.subscription_id == subscription_id]
        assert [charge.at for charge in mine] == beginnings(local, zone, interval, until)
        assert {charge.minor for charge in mine} == {35380 if interval is Interval.YEAR else 3538}
    assert lives.cash() == lives.collected()
    assert lives.findings() == ()


def test_a_change_in_the_last_hours_of_a_cycle_bills_days_that_exist(lives: Lives) -> None:
    """The cycle ends on 28 February at 10:00; at 09:00 of that day no whole day of it is left."""
    lives.turn_to(at("2026-01-31 10:00"))
    piazza = lives.property_in("Europe/Rome")
    bought = lives.buy(piazza, lives.card(piazza), "flexible").id
    lives.live_until(at("2026-02-28 09:00"))
    wish = changes.PlanSelection("large", Interval.MONTH)
    changes.change(lives.billing, lives.owner, bought, wish, key="last hour")
    lives.live_until(at("2026-03-01 12:00"))
    with lives.billing.read("test") as work:
        lines = work.session.scalars(select(InvoiceLine)).all()
        assert [line for line in lines if line.first_day > line.last_day] == []


def test_a_payer_who_confirms_after_the_cycle_is_over_gets_the_money_as_credit_and_keeps_the_plan(
    lives: Lives,
) -> None:
    """The change belonged to the old cycle: it is given up when the new one begins, and nothing is paid twice."""
    lives.turn_to(at("2026-01-31 10:00"))
    piazza = lives.property_in("Europe/Rome")
    bought = lives.buy(piazza, lives.card(piazza, "tok_asking"), "flexible").id
    lives.live_until(at("2026-02-28 05:00"))
    lives.gateway.expect("tok_asking", Behaviour.ASKS_FOR_ACTION)
    wish = changes.PlanSelection("large", Interval.YEAR)
    changes.change(lives.billing, lives.owner, bought, wish, key="late")
    lives.clock.now = at("2026-02-28 12:00")  # the cycle is over, and the due work has not been done yet
    (asked,) = (key for key in lives.gateway.calls if lives.gateway.charges[key][1].action_url)
    lives.gateway.authenticate(asked)
    lives.live_until(at("2026-03-02 12:00"))
    now = subscriptions.look_at(lives.billing, lives.owner, bought)
    assert (now.plan, now.interval, now.status) == ("Small", Interval.MONTH, "active")
    assert lives.cash() == lives.collected() == 2 * 1220 + 24400
    lives.live_until(at("2026-04-15 12:00"))
    assert lives.collected() == 2 * 1220 + 24400
    assert lives.findings() == ()


def test_what_nobody_pays_for_ends_after_the_last_try_and_is_charged_no_more(lives: Lives) -> None:
    lives.turn_to(at("2026-01-31 10:00"))
    piazza = lives.property_in("Europe/Rome")
    bought = lives.buy(piazza, lives.card(piazza, "tok_empty")).id
    lives.gateway.expect("tok_empty", *[Behaviour.DECLINES] * 5)
    lives.live_until(at("2026-12-31 12:00"))
    now = subscriptions.look_at(lives.billing, lives.owner, bought)
    # Tried on 28 February, then after 3, 5, 7 and 7 days; by then Rome's clocks have not been turned yet.
    assert now.ended_at == at("2026-03-22 10:00")
    assert [charge.at for charge in lives.charges()] == [at("2026-01-31 10:00")]
    assert lives.findings() == ()


def test_a_cycle_begun_anew_at_the_very_moment_of_the_purchase_is_not_charged_in_vain(lives: Lives) -> None:
    """A clock that stands still, as a demonstration's does: two cycles of one plan begin at one moment."""
    piazza = lives.property_in("Europe/Rome")
    bought = lives.buy(piazza, lives.card(piazza), "anew").id
    with suppress(Refusal):
        changes.change(
            lives.billing, lives.owner, bought, changes.PlanSelection("large", Interval.MONTH), key="at once"
        )
    assert lives.cash() == lives.collected()
