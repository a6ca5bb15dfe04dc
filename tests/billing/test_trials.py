"""Trials: free for their days, then a first paid cycle that begins where they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from billing.services import changes, payment_methods, payments, purchases, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.refusals import AlreadyBought
from tests.billing.desk import Desk

TRIAL = "knowledge-base/standard/month"
PLUS = PlanSelection("plus", Interval.MONTH)


def test_a_trial_costs_nothing_and_says_what_will_come(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    assert (trial.status, trial.next_charge) == ("trialing", Money(1830, "EUR"))
    assert trial.next_charge_at == desk.clock.now + timedelta(days=7)
    assert (desk.charged(), desk.invoices(), desk.told()) == ([], [], ["SubscriptionStarted"])


def test_a_trial_converts_at_its_end_into_a_whole_cycle_with_an_anchor_of_its_own(desk: Desk) -> None:
    """POL-37: without the new anchor the first paid period was a month and 23 days."""
    desk.clock.now = datetime(2024, 4, 28, 12, tzinfo=UTC)
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    end = datetime(2024, 5, 5, 12, tzinfo=UTC)
    assert trial.period_end_at == end
    assert desk.turn_to(end - timedelta(seconds=1)).renewed == 0
    assert desk.turn_to(end + timedelta(days=2)).renewed == 1
    paid = desk.plan(trial.id)
    assert (paid.status, paid.period_end_at) == ("active", datetime(2024, 6, 5, 12, tzinfo=UTC))
    (line,) = desk.invoices()[0].read_document().lines
    assert (line.first_day.isoformat(), line.last_day.isoformat()) == ("2024-05-05", "2024-06-04")
    assert desk.charged() == [1830]
    assert verify(desk.billing) == ()


def test_a_trial_may_begin_without_a_card_and_is_past_due_when_there_is_none_at_its_end(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = purchases.Order(piazza.id, "knowledge-base", "standard", Interval.MONTH)
    trial = purchases.purchase(desk.billing, owner, order, key="one").subscription
    desk.turn(days=7)
    assert desk.plan(trial.id).status == "past_due"
    (unpaid,) = payments.unpaid(desk.billing, owner, trial.id)
    payment_methods.choose(desk.billing, owner, trial.id, desk.card(owner, piazza))
    assert payments.pay_now(desk.billing, owner, unpaid.id).state == "paid"
    assert desk.plan(trial.id).status == "active"


def test_a_trial_that_was_cancelled_ends_without_a_charge(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    subscriptions.cancel(desk.billing, owner, trial.id, "Not for us")
    desk.turn(days=60)
    assert desk.plan(trial.id).ended_at == trial.period_end_at
    assert (desk.charged(), desk.invoices()) == ([], [])


def test_the_plan_of_a_trial_changes_at_once_for_nothing_and_the_trial_goes_on(desk: Desk) -> None:
    owner = desk.owner()
    trial = desk.buy(owner, desk.property_of(owner), TRIAL)
    quote = changes.preview_change(desk.billing, owner, trial.id, PLUS)
    changed = changes.change(desk.billing, owner, trial.id, PLUS, key="up", expected_quote=quote.fingerprint)
    assert (changed.payment, changed.subscription.plan) == (None, "Plus")
    assert (changed.subscription.status, changed.subscription.period_end_at) == (
        "trialing",
        trial.period_end_at,
    )
    desk.turn(days=7)
    assert desk.charged() == [3050]


def test_a_trial_is_begun_with_the_quote_that_was_shown(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), TRIAL)
    quote = purchases.preview_purchase(desk.billing, owner, order)
    assert (quote.charge_now, quote.document) == (Money(0, "EUR"), None)
    assert (quote.next_charge, quote.next_charge_at) == (
        Money(1830, "EUR"),
        desk.clock.now + timedelta(days=7),
    )
    desk.clock.now += timedelta(minutes=1)
    purchases.purchase(desk.billing, owner, order, key="one", expected_quote=quote.fingerprint)


def test_a_second_click_on_a_trial_begins_no_second_one(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner), TRIAL)
    purchases.purchase(desk.billing, owner, order, key="one")
    with pytest.raises(AlreadyBought):
        purchases.purchase(desk.billing, owner, order, key="one")
    assert len(desk.rows("SELECT id FROM subscriptions")) == 1
