"""Collecting: whatever the gateway and the plug do, each amount is collected once and nobody is left in the dark."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import partial

import pytest

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.payments.collection import collect_once, payment_status
from billing.payments.outcomes import PaymentKey
from billing.payments.polling import poll
from billing.ports import ChargeOrder, GatewayUnavailable, Outcome
from billing.services import changes, due_work, payments, purchases
from billing.services.changes import PlanSelection
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.refusals import AlreadyBought, PaymentInProgress
from billing.values.snapshots import SubscriptionSnapshot
from sandbox.gateway.faults import Fault
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.pretend_stripe import RunningStripe

ALWAYS = 50


class PulledPlug(Exception):
    """What a test raises where a power cut would strike."""


def bought(desk: Desk, token: str = "tok_visa") -> SubscriptionSnapshot:
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner), token=token)


def attempts(desk: Desk) -> list[tuple[str, int]]:
    return [tuple(row) for row in desk.rows("SELECT state, number FROM payment_attempts ORDER BY id")]


def polls(desk: Desk) -> int:
    return int(desk.rows("SELECT SUM(polls) AS polls FROM payment_attempts")[0].polls)


@pytest.mark.parametrize("silence", [Behaviour.SILENT_BEFORE, Behaviour.SILENT_AFTER])
def test_a_gateway_that_is_silent_is_asked_and_the_purchase_is_charged_once(
    desk: Desk, silence: Behaviour
) -> None:
    desk.gateway.expect("tok_visa", silence)
    waiting = bought(desk)
    assert (waiting.status, desk.invoices(), attempts(desk)) == ("incomplete", [], [("unknown", 1)])
    desk.turn(minutes=1)
    assert desk.plan(waiting.id).status == "active"
    assert len(desk.invoices()) == 1
    assert desk.charged() == [1220]
    assert len(set(desk.gateway.calls)) == 1
    assert verify(desk.billing) == ()


def test_what_waits_for_its_payer_is_asked_after_1_minute_5_minutes_1_hour_and_then_every_6_hours(
    sqlite_desk: Desk,
) -> None:
    desk = sqlite_desk
    bought(desk, token="tok_asks_for_action")
    sent, asked = desk.clock.now, []
    for minute in (0.5, 1, 4, 5, 59, 60, 359, 360, 719, 720, 1079, 1080):
        before = polls(desk)
        desk.turn_to(sent + timedelta(minutes=minute))
        if polls(desk) > before:
            asked.append(minute)
    assert asked == [1, 5, 60, 360, 720, 1080]
    assert attempts(desk) == [("action_required", 1)]


def test_a_silent_gateway_is_asked_again_after_a_tenth_of_its_silence(sqlite_desk: Desk) -> None:
    """Whoever is charged after a short silence knows within a minute, and within an hour after a long one."""
    desk = sqlite_desk
    desk.gateway.expect("tok_visa", *[Behaviour.SILENT_BEFORE] * ALWAYS)
    bought(desk)
    sent, asked = desk.clock.now, []
    for minute in range(1, 121):
        before = len(desk.gateway.calls)
        desk.turn_to(sent + timedelta(minutes=minute))
        if len(desk.gateway.calls) > before:
            asked.append(minute)
    assert asked[:10] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    waits = [later - at for at, later in itertools.pairwise(asked)]
    assert all(wait <= max(1.0, at / 10 + 1) for at, wait in zip(asked, waits, strict=False))
    assert len(asked) < 36
    desk.turn(hours=19)
    assert attempts(desk) == [("unknown", 1)]
    assert len(set(desk.gateway.calls)) == 1
    desk.gateway.expect("tok_visa")
    desk.turn(hours=1)
    assert (attempts(desk), desk.charged()) == ([("succeeded", 1)], [1220])


@pytest.mark.parametrize("call", ["/payment_intents", "/confirm"])
@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.ERROR_AFTER])
@pytest.mark.parametrize("heard", [True, False], ids=["it was heard", "its process was gone"])
def test_the_first_look_goes_past_an_error_that_the_gateway_keeps_for_its_key(
    stripe_desk: Desk, pretend_stripe: RunningStripe, call: str, fault: Fault, *, heard: bool
) -> None:
    pretend_stripe.stripe.faults.plan(call, fault)
    waiting = bought(stripe_desk, token="pm_card_visa")
    assert attempts(stripe_desk) == [("unknown", 1)]
    if not heard:
        stripe_desk.execute("UPDATE payment_attempts SET state = 'sent', polls = 0")
    stripe_desk.turn(minutes=1)
    assert stripe_desk.plan(waiting.id).status == "active"
    assert pretend_stripe.collected() == [1220]
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - timedelta(days=1)) == ()
    assert verify(stripe_desk.billing) == ()


class SaysNothing(SandboxGateway):
    """Charges, and answers nothing that it is asked, until it `speaks`."""

    speaks = False

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        if not self.speaks:
            raise GatewayUnavailable
        return super().find(order, answered=answered)


def test_what_is_unknown_is_never_given_up_and_blocks_every_other_charge(database_url: str) -> None:
    gateway = SaysNothing()
    with Desk.open(database_url, gateway) as desk:
        gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
        waiting, owner = bought(desk), desk.owner()
        desk.turn(days=3)
        assert [payment.state for payment in desk.payments()] == ["open"]
        order = purchases.Order(waiting.property_id, "live-chat", "pro", Interval.MONTH)
        with pytest.raises(AlreadyBought):
            purchases.purchase(desk.billing, owner, order, key="other")
        gateway.speaks = True
        desk.turn(days=1)
        assert desk.plan(waiting.id).status == "active"
        assert desk.charged() == [1220]


def test_an_unknown_renewal_is_not_tried_again_before_it_is_known(desk: Desk) -> None:
    """INV-12: the schedule's tick comes before the reconciler and must not call the gateway a second time."""
    plan, owner = bought(desk), desk.owner()
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    desk.turn_to(plan.period_end_at)
    calls = len(desk.gateway.calls)
    (unpaid,) = payments.unpaid(desk.billing, owner, plan.id)
    collect_once(desk.billing, PaymentKey(WORKSPACE, unpaid.id), scheduled=True)
    assert len(desk.gateway.calls) == calls
    assert (unpaid.state, unpaid.waiting_for) == ("open", "gateway")
    with pytest.raises(PaymentInProgress):
        payments.pay_now(desk.billing, owner, unpaid.id)
    with pytest.raises(PaymentInProgress):
        changes.change(desk.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    desk.turn(minutes=1)
    assert [payment.state for payment in desk.payments()] == ["paid", "paid"]
    assert (len(desk.gateway.calls), desk.charged()) == (calls, [1220, 1220])


class Unplugged(SandboxGateway):
    """Pulls the plug at its next call, before or after the money has moved."""

    def charge(self, order: ChargeOrder) -> Outcome:
        behaviour = self._next[order.token].popleft() if self._next.get(order.token) else None
        if behaviour is Behaviour.SILENT_AFTER:
            super().charge(order)
        if behaviour is not None:
            raise PulledPlug
        return super().charge(order)


@pytest.mark.parametrize("moment", [Behaviour.SILENT_BEFORE, Behaviour.SILENT_AFTER])
def test_a_plug_that_is_pulled_around_the_charge_leaves_one_charge_and_one_message(
    database_url: str, moment: Behaviour
) -> None:
    """INV-11: after the intent was committed, and after the gateway has charged and nobody wrote it down."""
    with Desk.open(database_url, Unplugged()) as desk:
        desk.gateway.expect("tok_visa", moment)
        with pytest.raises(PulledPlug):
            bought(desk)
        assert attempts(desk) == [("sent", 1)]
        desk.turn(minutes=1)
        assert desk.charged() == [1220]
        assert [payment.state for payment in desk.payments()] == ["paid"]
        assert desk.told() == ["SubscriptionStarted", "PaymentReceived"]
        assert verify(desk.billing) == ()


def test_a_plug_that_is_pulled_before_the_intent_leaves_a_purchase_that_the_schedule_finishes(
    desk: Desk,
) -> None:
    """INV-11: the confirmation was kept, and nothing after it."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = desk.order(owner, piazza)
    with desk.billing.work("test") as work:
        payment, _ = purchases.prepare(work, desk.billing, owner, order, key="one click")
    assert payment
    assert desk.gateway.calls == []
    desk.turn(seconds=15)
    assert desk.charged() == [1220]
    assert len(desk.invoices()) == 1
    again = purchases.purchase(desk.billing, owner, order, key="one click")
    assert (again.subscription.status, desk.charged()) == ("active", [1220])


def test_what_was_told_and_not_delivered_is_still_to_be_told_once(desk: Desk) -> None:
    """INV-11: after the commit and before the message; the outbox row was part of the commit."""
    bought(desk)
    due_work.run_due(desk.billing)
    assert desk.told().count("PaymentReceived") == 1


def test_four_who_ask_again_at_once_bring_the_outcome_about_once(desk: Desk) -> None:
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    bought(desk)
    key = PaymentKey(WORKSPACE, desk.payments()[0].id)
    at_once(*[partial(poll, desk.billing, key)] * 4)
    assert payment_status(desk.billing, key).state == "paid"
    assert len(desk.invoices()) == 1
    assert desk.told() == ["SubscriptionStarted", "PaymentReceived"]
    assert verify(desk.billing) == ()


def test_two_schedulers_at_once_charge_a_renewal_once(desk: Desk) -> None:
    """INV-10."""
    plan = bought(desk)
    desk.clock.now = plan.period_end_at
    at_once(*[partial(due_work.run_due, desk.billing)] * 2)
    due_work.run_due(desk.billing)  # what one of them had to leave to the other
    assert desk.charged() == [1220, 1220]
    assert len(desk.invoices()) == 2


def test_events_of_the_gateway_in_any_order_wake_the_reconciler_and_decide_nothing(desk: Desk) -> None:
    """INV-13: an event only makes us ask; what we hear is the same however often and in which order."""
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    plan = bought(desk)
    key = PaymentKey(WORKSPACE, desk.payments()[0].id)
    for _ in range(3):
        poll(desk.billing, key)
        assert payment_status(desk.billing, key).state == "paid"
    assert desk.told() == ["SubscriptionStarted", "PaymentReceived"]
    assert desk.plan(plan.id).status == "active"


class DeafAfterwards(SandboxGateway):
    """Asks for authentication and cannot be asked after it."""

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        raise GatewayUnavailable


def test_a_payer_is_asked_for_once_though_the_gateway_was_silent_in_between(database_url: str) -> None:
    with Desk.open(database_url, DeafAfterwards()) as desk:
        bought(desk, token="tok_asks_for_action")
        for _ in range(6):
            desk.turn(hours=5)
        assert desk.told() == ["AuthenticationNeeded"]
        assert [payment.state for payment in desk.payments()] == ["open"]
        assert attempts(desk) == [("action_required", 1)]
