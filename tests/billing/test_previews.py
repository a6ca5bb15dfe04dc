"""Previews: what is shown is what is then done, and looking at it changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from billing import Actor
from billing.services import changes, purchases, subscriptions
from billing.services.changes import PlanSelection
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import PreviewChanged
from billing.values.snapshots import Quote
from tests.billing.desk import Desk

PRO = PlanSelection("pro", Interval.MONTH)
JUNE_1 = datetime(2026, 6, 1, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Act:
    """Something that can be looked at before it is done."""

    preview: Callable[[], Quote]
    do: Callable[[str | None], object]


def purchase(desk: Desk, owner: Actor) -> Act:
    order = desk.order(owner, desk.property_of(owner))
    return Act(
        lambda: purchases.preview_purchase(desk.billing, owner, order),
        lambda seen: purchases.purchase(desk.billing, owner, order, key="one", expected_quote=seen),
    )


def change_to(wish: PlanSelection, has: str = "live-chat/basic/month") -> Callable[[Desk, Actor], Act]:
    def change(desk: Desk, owner: Actor) -> Act:
        plan = desk.buy(owner, desk.property_of(owner), has)
        desk.turn(days=10)
        return Act(
            lambda: changes.preview_change(desk.billing, owner, plan.id, wish),
            lambda seen: changes.change(desk.billing, owner, plan.id, wish, key="one", expected_quote=seen),
        )

    return change


def restart(desk: Desk, owner: Actor) -> Act:
    plan = desk.buy(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn(days=40)
    return Act(
        lambda: subscriptions.preview_restart(desk.billing, owner, plan.id),
        lambda seen: subscriptions.restart(desk.billing, owner, plan.id, key="one", expected_quote=seen),
    )


ACTS: dict[str, Callable[[Desk, Actor], Act]] = {
    "purchase": purchase,
    "upgrade": change_to(PRO),
    "month to year": change_to(PlanSelection("basic", Interval.YEAR)),
    "year to month": change_to(PlanSelection("basic", Interval.MONTH), "live-chat/basic/year"),
    "downgrade": change_to(PlanSelection("basic", Interval.MONTH), "live-chat/pro/month"),
    "reset": change_to(PlanSelection("large", Interval.MONTH), "ai-bot/small/month"),
    "restart": restart,
}


def collected(desk: Desk) -> int:
    return sum(desk.charged())


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_what_is_shown_is_what_is_then_done_and_looking_changes_no_row(
    desk: Desk, prepare: Callable[[Desk, Actor], Act]
) -> None:
    desk.clock.now = JUNE_1
    act = prepare(desk, desk.owner())
    before, charged, issued = desk.everything(), collected(desk), len(desk.invoices())
    quote = act.preview()
    assert desk.everything() == before
    desk.clock.now += timedelta(minutes=3)  # a person reads it first
    act.do(quote.fingerprint)
    assert collected(desk) - charged == quote.charge_now.minor
    if quote.document is None:
        assert len(desk.invoices()) == issued
    else:
        document = desk.invoices()[-1].read_document()
        given_back = sum(row.total_minor for row in desk.rows("SELECT total_minor FROM credit_notes"))
        assert document.total.minor - given_back == quote.document.total.minor
        assert document.lines == quote.document.lines[len(quote.document.lines) - len(document.lines) :]
        assert given_back == 0 or quote.document.total.minor < 0 <= document.total.minor
    plan = desk.plan(desk.rows("SELECT id FROM subscriptions")[0].id)
    assert (plan.next_charge, plan.next_credit) == (quote.next_charge, quote.next_credit)
    assert plan.next_charge_at
    assert plan.next_charge_at - quote.next_charge_at <= timedelta(minutes=3)
    charged = collected(desk)
    desk.turn_to(plan.next_charge_at)
    assert collected(desk) - charged == quote.next_charge.minor


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_with_the_next_day_it_is_shown_anew_wherever_days_are_charged(
    desk: Desk, prepare: Callable[[Desk, Actor], Act]
) -> None:
    desk.clock.now = JUNE_1
    act = prepare(desk, desk.owner())
    quote = act.preview()
    desk.clock.now += timedelta(days=1)
    if quote.document is None:
        act.do(quote.fingerprint)
        return
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(PreviewChanged) as refused:
        act.do(quote.fingerprint)
    assert desk.everything(but=("audit_entries",)) == before
    act.do(refused.value.quote.fingerprint)


@pytest.mark.parametrize("prepare", ACTS.values(), ids=ACTS)
def test_what_changed_since_it_was_shown_is_shown_again_and_nothing_is_charged(
    desk: Desk, prepare: Callable[[Desk, Actor], Act]
) -> None:
    desk.clock.now = JUNE_1
    act = prepare(desk, desk.owner())
    quote, charged = act.preview(), desk.charged()
    desk.execute("UPDATE prices SET minor = minor + 10000")
    with pytest.raises(PreviewChanged) as refused:
        act.do(quote.fingerprint)
    assert desk.charged() == charged
    now = refused.value.quote
    assert now.next_charge + now.next_credit == quote.next_charge + quote.next_credit + Money(12200, "EUR")
    act.do(refused.value.quote.fingerprint)


def test_credit_that_was_spent_in_between_is_shown_again(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    yearly = desk.buy(owner, piazza, "live-chat/pro/year")
    desk.turn(days=1)
    changes.change(desk.billing, owner, yearly.id, PlanSelection("basic", Interval.MONTH), key="down")
    orders = [desk.order(owner, piazza, what) for what in ("ai-assist/growth/year", "ai-bot/small/month")]
    first, second = (purchases.preview_purchase(desk.billing, owner, order) for order in orders)
    assert first.credit_used.minor > second.credit_used.minor == 1220
    purchases.purchase(desk.billing, owner, orders[0], key="first", expected_quote=first.fingerprint)
    with pytest.raises(PreviewChanged) as refused:
        purchases.purchase(desk.billing, owner, orders[1], key="second", expected_quote=second.fingerprint)
    assert (refused.value.quote.credit_used, refused.value.quote.charge_now) == (
        Money(0, "EUR"),
        Money(1220, "EUR"),
    )


def test_the_quote_carries_the_arithmetic_in_days(desk: Desk) -> None:
    desk.clock.now = JUNE_1
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.clock.now = JUNE_1.replace(day=16)
    quote = changes.preview_change(desk.billing, owner, plan.id, PRO)
    assert quote.document
    assert [(line.days, line.of_days, line.whole_minor) for line in quote.document.lines] == [
        (15, 30, 1000),
        (15, 30, 2000),
    ]
    assert (quote.document.net.minor, quote.document.tax.minor, quote.charge_now.minor) == (500, 110, 610)


def test_an_act_that_nobody_looked_at_before_is_done(desk: Desk) -> None:
    act = purchase(desk, desk.owner())
    act.do(None)
    assert desk.charged() == [1220]
