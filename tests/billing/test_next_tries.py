"""What is owed says when it is tried by itself, or that it is not, and when its plan ends: the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.models.payments import PaymentState
from billing.services import (
    agenda,
    facts,
    listings,
    outbox,
    payment_methods,
    payment_records,
    payments,
    properties,
    spend,
    subscriptions,
    transfers,
)
from billing.values.events import CancellationUndone, PaymentFailed, PropertyEvent, SubscriptionCancelled
from billing.values.snapshots import Dunning, PaymentSnapshot, SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk

pytestmark = pytest.mark.slow

LAST_DAY = timedelta(days=22)
FOR_GOOD, BROKEN, SILENT = Behaviour.DECLINES_FOR_GOOD, Behaviour.MISCONFIGURED, Behaviour.SILENT_BEFORE


def unpaid(desk: Desk, *behaviours: Behaviour) -> SubscriptionSnapshot:
    """A plan whose renewal met the first of the behaviours."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *behaviours)
    desk.turn_to(plan.period_end_at)
    return plan


def refused_for_good(desk: Desk) -> SubscriptionSnapshot:
    return unpaid(desk, FOR_GOOD)


def asked_by_the_bank(desk: Desk) -> SubscriptionSnapshot:
    return unpaid(desk, Behaviour.ASKS_FOR_ACTION)


def without_card(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    other = desk.property_of(owner, "Corso", "C2")
    transfers.transfer(desk.billing, owner, plan.id, other.id)
    properties.choose(desk.billing, owner, other.id)
    desk.turn_to(plan.period_end_at)
    return plan


def owed(desk: Desk, plan: SubscriptionSnapshot) -> PaymentSnapshot:
    (payment,) = payments.unpaid(desk.billing, desk.owner(), plan.id)
    return payment


def told(desk: Desk) -> list[PropertyEvent]:
    """All that is told now, to whomever."""
    events = []
    while claimed := list(outbox.claim(desk.billing)):
        for one in claimed:
            outbox.told(desk.billing, one.number, f"{one.number}.0")
            events.append(one.event)
    return events


def coming(desk: Desk) -> list[tuple[str, datetime, int | None]]:
    entries = agenda.of_property(desk.billing, desk.owner())
    assert entries == agenda.of_workspace(desk.billing, WORKSPACE)
    return [(one.kind, one.at, one.amount.minor if one.amount else None) for one in entries]


def asked_in_vain(desk: Desk) -> SubscriptionSnapshot:
    """The card was refused for good, and after that our own account stood in the way of "Pay now"."""
    plan = unpaid(desk, FOR_GOOD, BROKEN)
    answer = payments.pay_now(desk.billing, desk.owner(), owed(desk, plan).id)
    assert (answer.reason, answer.for_good) == ("not_tried", True)
    assert answer == owed(desk, plan)
    return plan


@pytest.mark.parametrize("owing", [refused_for_good, asked_by_the_bank, without_card, asked_in_vain])
def test_what_no_try_comes_for_is_said_to_end_and_that_day_stays_until_it_comes(
    desk: Desk, owing: Callable[[Desk], SubscriptionSnapshot]
) -> None:
    plan = owing(desk)
    ends_at = plan.period_end_at + LAST_DAY
    for day in (0, 2, 3, 8, 15, 21):
        desk.turn_to(plan.period_end_at + timedelta(days=day))
        payment, shown = owed(desk, plan), desk.plan(plan.id)
        assert (payment.try_at, payment.ends_at) == (None, ends_at)
        assert (shown.status, shown.dunning, shown.ends_unpaid_at) == (
            "past_due",
            Dunning(None, ends_at),
            ends_at,
        )
        page = properties.purchases(desk.billing, desk.owner())
        assert (page.unpaid[plan.id], page.running) == (payment, (shown,))
        assert coming(desk) == [("ends_unpaid", ends_at, None)]
        assert agenda.listed(desk.billing, desk.owner()).total is None
        assert not any(row.is_to_come for row in spend.of_property(desk.billing, desk.owner()).rows)
        listed = listings.look_at(desk.billing, "payment", payment.id)
        assert (listed["status"], listed["next_try_at"]) == (PaymentState.OPEN, None)
        assert payment_records.payment(desk.billing, payment.id).next_try_at is None
    desk.turn_to(ends_at)
    assert (desk.plan(plan.id).status, desk.plan(plan.id).ended_at) == ("ended", ends_at)
    assert coming(desk) == []


def test_the_fact_of_it_says_the_same_as_the_list(desk: Desk) -> None:
    plan = unpaid(desk, Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD)
    payments.pay_now(desk.billing, desk.owner(), owed(desk, plan).id)
    said = [one.state for one in facts.listed(desk.billing) if one.type == "payment.failed"]
    assert [one["next_try_at"] for one in said] == ["2026-03-03T09:30:00.000000+00:00", None]


@pytest.mark.parametrize("owing", [refused_for_good, asked_by_the_bank, asked_in_vain])
def test_another_card_is_tried_again(desk: Desk, owing: Callable[[Desk], SubscriptionSnapshot]) -> None:
    plan, owner = owing(desk), desk.owner()
    page = properties.purchases(desk.billing, owner)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, page.property, "tok_other"))
    payment, shown = owed(desk, plan), desk.plan(plan.id)
    assert payment.try_at is not None
    assert shown.dunning == Dunning(payment.try_at, payment.ends_at)
    assert coming(desk) == [("retries", payment.try_at, 1220), ("renews", shown.period_end_at, 1220)]
    desk.turn_to(payment.try_at)
    assert desk.charged() == [1220, 1220]


def test_the_channel_is_told_the_day_on_which_a_card_that_was_chosen_since_is_tried(desk: Desk) -> None:
    """The bank's word on the old card comes after another one was chosen."""
    plan = unpaid(desk, SILENT, FOR_GOOD)
    prop = properties.purchases(desk.billing, desk.owner()).property
    payment_methods.choose(desk.billing, desk.owner(), plan.id, desk.card(desk.owner(), prop, "tok_other"))
    desk.turn(minutes=1)
    failed = {one for one in told(desk) if isinstance(one, PaymentFailed)}
    next_day = desk.clock.now + timedelta(days=3)
    assert {(one.reason, one.try_at, one.ends_at) for one in failed} == {("stolen_card", next_day, None)}
    desk.turn_to(next_day)
    assert (desk.plan(plan.id).status, desk.charged()) == ("active", [1220, 1220])


def test_while_the_gateway_has_not_answered_nothing_is_known_of_a_next_try(desk: Desk) -> None:
    plan = unpaid(desk, Behaviour.DECLINES, *[Behaviour.SILENT_BEFORE] * 3)
    desk.turn_to(plan.period_end_at + timedelta(days=3))
    payment, shown = owed(desk, plan), desk.plan(plan.id)
    assert (payment.waiting_for, payment.try_at, payment.ends_at) == ("gateway", None, None)
    assert shown.dunning == Dunning(None, None)
    assert coming(desk) == [("renews", shown.period_end_at, 1220)]


def test_a_renewal_that_our_own_key_stands_in_the_way_of_is_not_past_due(desk: Desk) -> None:
    plan = unpaid(desk, *[Behaviour.MISCONFIGURED] * 3)
    shown = desk.plan(plan.id)
    assert (shown.status, shown.dunning) == ("active", None)
    first, after = coming(desk)
    assert first == ("collects", plan.period_end_at + timedelta(hours=1), 1220)
    assert after == ("renews", shown.period_end_at, 1220)


def test_what_is_cancelled_and_over_before_the_last_day_ends_as_cancelled(desk: Desk) -> None:
    plan, owner = unpaid(desk, Behaviour.DECLINES_FOR_GOOD), desk.owner()
    desk.turn_to(plan.period_end_at + timedelta(days=15))
    subscriptions.cancel(desk.billing, owner, plan.id, "other")
    desk.execute(
        "UPDATE payments SET next_try_at = :day, ends_at = :day WHERE state = 'open'",
        day="2026-05-01 09:30:00+00:00",
    )
    shown = desk.plan(plan.id)
    assert shown.dunning == Dunning(None, datetime.fromisoformat("2026-05-01T09:30:00Z"))
    assert shown.ends_unpaid_at is None
    assert coming(desk) == [("ends", shown.period_end_at, None)]


@pytest.mark.parametrize("why", [Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD])
def test_a_cancellation_and_its_undo_carry_what_is_owed(desk: Desk, why: Behaviour) -> None:
    plan, owner = unpaid(desk, why), desk.owner()
    subscriptions.cancel(desk.billing, owner, plan.id, "other")
    subscriptions.undo_cancellation(desk.billing, owner, plan.id)
    payment = owed(desk, plan)
    owing = [one for one in told(desk) if isinstance(one, SubscriptionCancelled | CancellationUndone)]
    assert {type(one) for one in owing} == {SubscriptionCancelled, CancellationUndone}
    assert {(one.unpaid, one.try_at, one.given_up_at) for one in owing} == {
        (True, payment.try_at, payment.ends_at)
    }
    assert payment.ends_at == plan.period_end_at + LAST_DAY
