"""The days of dunning are used up by the tries that were made because they came, each by one, and by nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.models.payments import PaymentState
from billing.payments.collection import collect_once
from billing.payments.outcomes import PaymentKey
from billing.services import payment_methods, payments
from billing.services.verify import verify
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_dunning import SCHEDULE, failing, live_on, unpaid_id

pytestmark = pytest.mark.slow

DECLINES, FOR_GOOD, ACTION = Behaviour.DECLINES, Behaviour.DECLINES_FOR_GOOD, Behaviour.ASKS_FOR_ACTION
BROKEN = Behaviour.MISCONFIGURED


def day_of_next_try(desk: Desk, plan: SubscriptionSnapshot) -> float:
    """So many days after the renewal."""
    (unpaid,) = (one for one in desk.payments() if one.state is PaymentState.OPEN)
    assert unpaid.next_try_at is not None
    return (unpaid.next_try_at - plan.period_end_at) / timedelta(days=1)


def choose(desk: Desk, plan: SubscriptionSnapshot, token: str) -> None:
    owner = desk.owner()
    method = payment_methods.keep(desk.billing, owner, plan.property_id, token, plan.card)  # type: ignore[arg-type]
    payment_methods.choose(desk.billing, owner, plan.id, method)


def test_a_payer_who_says_no_to_the_bank_uses_up_one_day_and_not_two(desk: Desk) -> None:
    plan = failing(desk, *[ACTION] * 9)
    days = []
    for day in SCHEDULE[1:]:
        desk.gateway.turn_down(desk.gateway.calls[-1])
        desk.turn(minutes=1)
        assert desk.told()[-1] == "PaymentFailed"
        days.append(day_of_next_try(desk, plan))
        assert desk.plan(plan.id).status == "past_due"
        desk.turn_to(plan.period_end_at + timedelta(days=day))
    assert tuple(days) == SCHEDULE[1:]
    assert desk.plan(plan.id).ended_at == plan.period_end_at + timedelta(days=22)
    assert verify(desk.billing) == ()


def test_a_card_that_is_chosen_while_the_bank_waits_uses_up_no_day(desk: Desk) -> None:
    plan = failing(desk, DECLINES, DECLINES, DECLINES, ACTION)
    live_on(desk, plan.period_end_at, 15)
    choose(desk, plan, "tok_declines")
    desk.turn(seconds=15)
    assert desk.told()[-2:] == ["AuthenticationNeeded", "PaymentFailed"]
    assert (desk.plan(plan.id).status, day_of_next_try(desk, plan)) == ("past_due", 22)
    live_on(desk, plan.period_end_at, 21)
    calls = len(desk.gateway.calls)
    desk.turn_to(plan.period_end_at + timedelta(days=22))
    assert (desk.plan(plan.id).status, len(desk.gateway.calls)) == ("ended", calls + 1)
    assert verify(desk.billing) == ()


def test_a_card_that_is_chosen_while_the_bank_is_asked_takes_over_as_soon_as_it_waits(desk: Desk) -> None:
    """The bank's question arrives after the card was changed: it was asked of a card that nobody pays with."""
    plan = failing(desk, Behaviour.SILENT_BEFORE, ACTION)
    choose(desk, plan, "tok_other")
    for _ in range(2):
        desk.turn(minutes=1)
    assert (desk.plan(plan.id).status, desk.charged()) == ("active", [1220, 1220])
    assert verify(desk.billing) == ()


def test_a_new_card_pays_all_that_waits_for_the_payer_of_the_old_one(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", *[ACTION] * 3)
    desk.turn_to(plan.period_end_at + timedelta(days=65))
    assert len(payments.unpaid(desk.billing, owner, plan.id)) == 3
    choose(desk, plan, "tok_other")
    desk.turn(seconds=15)
    assert (desk.plan(plan.id).status, desk.charged()) == ("active", [1220] * 4)
    assert verify(desk.billing) == ()


def test_a_fault_of_ours_that_pay_now_meets_brings_no_day_forward(desk: Desk) -> None:
    plan = failing(desk, *[DECLINES] * 4)
    live_on(desk, plan.period_end_at, 15)
    desk.turn(hours=1)
    desk.gateway.expect("tok_visa", BROKEN, *[DECLINES] * 9)
    payments.pay_now(desk.billing, desk.owner(), unpaid_id(desk, plan))
    assert day_of_next_try(desk, plan) == 22
    desk.turn(hours=1)
    assert desk.plan(plan.id).status == "past_due"
    live_on(desk, plan.period_end_at, 22)
    assert desk.plan(plan.id).ended_at == plan.period_end_at + timedelta(days=22)


def test_a_stolen_card_is_not_tried_again_after_a_fault_of_ours(desk: Desk) -> None:
    plan = failing(desk, FOR_GOOD, BROKEN)
    payments.pay_now(desk.billing, desk.owner(), unpaid_id(desk, plan))
    calls, told = len(desk.gateway.calls), len(desk.told())
    live_on(desk, plan.period_end_at, 21)
    assert len(desk.gateway.calls) == calls
    assert desk.told()[told:] == ["PaymentFailed"]
    (reminder,) = desk.rows(
        "SELECT fact FROM outbox WHERE audience = 'slack_channel' ORDER BY number DESC LIMIT 1"
    )
    assert "stolen_card" in str(reminder.fact)
    live_on(desk, plan.period_end_at, 22)
    assert (desk.plan(plan.id).status, len(desk.gateway.calls)) == ("ended", calls)


def test_who_comes_second_to_a_day_does_not_try_it_again(desk: Desk) -> None:
    """Two schedulers found it due; the first has tried it, and its next day has not come."""
    plan = failing(desk, DECLINES, DECLINES)
    desk.clock.now += timedelta(days=3)
    key = PaymentKey(WORKSPACE, unpaid_id(desk, plan))
    for _ in range(2):
        collect_once(desk.billing, key, scheduled=True)
    assert day_of_next_try(desk, plan) == 8
    assert len(payments.history(desk.billing, desk.owner(), plan.id)) == 3
