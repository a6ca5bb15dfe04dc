"""Forecasts: what is shown as the next charge, credit taken off, is what is charged when its day comes."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import agenda, changes, credit_notes, properties, purchases, subscriptions
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import PreviewChanged
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import Desk

BASIC, YEARLY, SMALL = "live-chat/basic/month", "ai-assist/growth/year", "ai-bot/small/month"


def give_credit(desk: Desk, amount: str) -> None:
    """To the property's balance, from its newest invoice, which is paid."""
    credit_notes.issue(desk.billing, desk.invoices()[-1].number, Wanted(amount))


def shown(plan: SubscriptionSnapshot) -> tuple[int, int]:
    """What its card and the credit balance will pay, in minor units."""
    assert plan.next_charge
    assert plan.next_credit
    return plan.next_charge.minor, plan.next_credit.minor


def running(desk: Desk, owner: Actor) -> dict[str, SubscriptionSnapshot]:
    return {one.add_on: one for one in properties.purchases(desk.billing, owner).running}


@pytest.mark.parametrize(
    ("credit", "expected"), [("4.76", (744, 476)), ("12.20", (0, 1220))], ids=["part of it", "all of it"]
)
def test_credit_is_taken_off_the_next_charge_wherever_it_is_shown(
    desk: Desk, owner: Actor, piazza: PropertySnapshot, credit: str, expected: tuple[int, int]
) -> None:
    plan = desk.buy(owner, piazza, BASIC)
    give_credit(desk, credit)
    charged = sum(desk.charged())
    assert shown(desk.plan(plan.id)) == shown(running(desk, owner)["Live Chat"]) == expected
    page = agenda.listed(desk.billing, owner)
    (entry,) = page.entries
    parts = (Money(expected[0], "EUR"), Money(expected[1], "EUR"))
    assert (entry.amount, entry.credit) == (page.total, page.credit) == parts
    desk.turn_to(plan.period_end_at)
    assert sum(desk.charged()) - charged == expected[0]
    assert shown(desk.plan(plan.id)) == (1220, 0)


def test_what_falls_due_first_takes_the_credit_first_and_the_agenda_adds_up(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    first = desk.buy(owner, piazza, BASIC)
    desk.turn(days=3)
    second = desk.buy(owner, piazza, SMALL)
    give_credit(desk, "10.00")
    desk.turn(hours=1)
    desk.buy(owner, piazza, YEARLY)  # pays with all credit that is left, so that there is none
    assert shown(desk.plan(first.id)) == (1220, 0)
    give_credit(desk, "20.00")
    assert shown(desk.plan(first.id)) == (0, 1220)
    assert shown(desk.plan(second.id)) == (1220 - 780, 780)
    page = agenda.listed(desk.billing, owner)
    assert page.total == sum((one.amount for one in page.entries[1:] if one.amount), start=Money(0, "EUR"))
    for plan in (first, second):
        charged, expected = sum(desk.charged()), shown(desk.plan(plan.id))
        desk.turn_to(plan.period_end_at)
        assert sum(desk.charged()) - charged == expected[0]


def test_a_monthly_plan_takes_its_credit_month_by_month_before_the_yearly_one(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    monthly = desk.buy(owner, piazza, BASIC)
    desk.turn(hours=1)
    yearly = desk.buy(owner, piazza, YEARLY)
    give_credit(desk, "150.00")
    charge, credit = shown(desk.plan(yearly.id))
    assert (credit, charge) == (15000 - 12 * 1220, shown(yearly)[0] - credit)
    end = yearly.period_end_at
    while (plan := desk.plan(monthly.id)).period_end_at < end:
        assert shown(plan) == (0, 1220)
        desk.turn_to(plan.period_end_at)
    assert shown(desk.plan(yearly.id)) == (charge, credit)
    charged = sum(desk.charged())
    desk.turn_to(end)
    assert sum(desk.charged()) - charged == charge


def test_what_is_cancelled_takes_no_credit(desk: Desk, owner: Actor, piazza: PropertySnapshot) -> None:
    first = desk.buy(owner, piazza, BASIC)
    desk.turn(hours=1)
    second = desk.buy(owner, piazza, SMALL)
    give_credit(desk, "12.20")
    assert shown(desk.plan(second.id)) == (1220, 0)
    subscriptions.cancel(desk.billing, owner, first.id, "Too dear")
    assert shown(desk.plan(second.id)) == (0, 1220)
    kept = subscriptions.preview_undo_cancellation(desk.billing, owner, first.id)
    assert shown(kept) == (0, 1220)


def test_a_preview_takes_off_what_is_left_after_the_act(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    desk.buy(owner, piazza, YEARLY)
    give_credit(desk, "20.00")
    order = desk.order(owner, piazza, BASIC)
    quote = purchases.preview_purchase(desk.billing, owner, order)
    assert (quote.charge_now.minor, quote.credit_used.minor) == (0, 1220)
    assert (quote.next_charge.minor, quote.next_credit.minor) == (1220 - 780, 780)
    bought = purchases.purchase(desk.billing, owner, order, key="one", expected_quote=quote.fingerprint)
    assert shown(bought.subscription) == (440, 780)
    charged = sum(desk.charged())
    desk.turn_to(quote.next_charge_at)
    assert sum(desk.charged()) - charged == 440


def test_a_planned_change_is_shown_with_the_credit_that_it_will_use(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    give_credit(desk, "5.00")
    wish = PlanSelection("basic", Interval.MONTH)
    quote = changes.preview_change(desk.billing, owner, plan.id, wish)
    assert (quote.next_charge.minor, quote.next_credit.minor) == (720, 500)
    changed = changes.change(desk.billing, owner, plan.id, wish, key="one", expected_quote=quote.fingerprint)
    assert shown(changed.subscription) == (720, 500)
    charged = sum(desk.charged())
    desk.turn_to(plan.period_end_at)
    assert sum(desk.charged()) - charged == 720


def test_credit_that_goes_meanwhile_shows_the_preview_anew(
    desk: Desk, owner: Actor, piazza: PropertySnapshot
) -> None:
    plan = desk.buy(owner, piazza, "live-chat/pro/month")
    give_credit(desk, "5.00")
    wish = PlanSelection("basic", Interval.MONTH)
    quote = changes.preview_change(desk.billing, owner, plan.id, wish)
    desk.buy(owner, piazza, SMALL)
    with pytest.raises(PreviewChanged) as refused:
        changes.change(desk.billing, owner, plan.id, wish, key="one", expected_quote=quote.fingerprint)
    assert (refused.value.quote.next_charge.minor, refused.value.quote.next_credit.minor) == (1220, 0)
