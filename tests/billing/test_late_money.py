"""A request that arrives late: what it collects is booked, and what was given up is closed at the gateway before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from billing.models.payments import PaymentState
from billing.payments.outcomes import PaymentKey, keep_outcome
from billing.ports import Answer, Outcome
from billing.services import credit_notes, payments, refunds, webhooks
from billing.services.credit_notes import Wanted
from billing.services.reconciliation import reconcile
from billing.services.verify import verify
from billing.values.actors import Actor
from billing.values.refusals import NotFound, PaymentInProgress, RefundKeyReused
from billing.values.snapshots import SubscriptionSnapshot
from sandbox.gateway.cards import BY_TOKEN
from sandbox.gateway.faults import Fault, Faults
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import WORKSPACE, Desk
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

VISA = "pm_card_visa"
PAYS, EMPTY = BY_TOKEN[VISA], BY_TOKEN["pm_card_visa_chargeDeclinedInsufficientFunds"]
ASKS = BY_TOKEN["pm_card_authenticationRequired"]
FAR = 1000


def late(stripe: RunningStripe) -> Faults:
    """The next charge arrives when the test says so; nobody hears of it."""
    faults = stripe.stripe.faults
    faults.held_for = FAR
    faults.plan("/confirm", Fault.LATE, Fault.DEAF)
    return faults


def arrive(desk: Desk, stripe: RunningStripe) -> None:
    """So late that the gateway has forgotten the key, for which it would answer as it answered since."""
    stripe.stripe.books.forget_keys()
    for _ in range(FAR):
        stripe.stripe.faults.comes()
    for _ in range(3):
        desk.billing.gateway.dispute("none")  # a request that comes after it is answered after it


def hear(desk: Desk, stripe: RunningStripe) -> None:
    """The gateway's webhooks come, and are processed."""
    for event in stripe.stripe.hooks.untold():
        body = delivery(event)
        webhooks.receive(desk.billing, body, signature(body, WEBHOOK_SECRET))
    webhooks.process(desk.billing)


def refused(desk: Desk, stripe: RunningStripe) -> SubscriptionSnapshot:
    """A purchase whose first request is late, and whose third was refused: it has failed."""
    owner = desk.owner()
    faults = late(stripe)
    plan = desk.buy(owner, desk.property_of(owner), token=VISA)
    desk.turn(minutes=1)
    faults.plan_cards(EMPTY)
    # The gateway does not answer when the payment is to be closed.
    faults.plan("/cancel", Fault.DEAF)
    desk.turn(minutes=4)
    assert desk.payments()[0].state is PaymentState.FAILED
    return plan


def past_due(desk: Desk, stripe: RunningStripe) -> SubscriptionSnapshot:
    """A renewal whose first request is late, and whose third was refused."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), token=VISA)
    faults = late(stripe)
    desk.turn_to(plan.period_end_at)
    desk.turn(minutes=1)
    faults.plan_cards(EMPTY)
    desk.turn(minutes=4)
    assert desk.plan(plan.id).status == "past_due"
    return plan


def credit(desk: Desk) -> int:
    (row,) = desk.rows("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'credit'")
    return -int(row[0])


def agree(desk: Desk) -> None:
    assert reconcile(desk.billing, desk.billing.clock().replace(year=2025)) == ()
    assert verify(desk.billing) == ()


def test_money_that_a_failed_purchase_brings_late_is_credit_once(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    refused(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    assert pretend_stripe.collected() == [1220]
    stripe_desk.turn(hours=1)
    hear(stripe_desk, pretend_stripe)
    stripe_desk.turn(days=1)
    assert credit(stripe_desk) == 1220
    assert stripe_desk.told().count("LatePaymentCredited") == 1
    agree(stripe_desk)


def test_money_that_a_failed_purchase_brought_late_goes_back_by_the_id_of_the_payment(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    refused(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    stripe_desk.turn(hours=1)
    hear(stripe_desk, pretend_stripe)
    (payment,) = stripe_desk.payments()
    assert payment.invoice_id is None
    operator = Actor(WORKSPACE, "", "operator")

    def refund(amount: str | None = None, key: str = "one") -> tuple[str, int]:
        wanted = Decimal(amount) if amount else None
        made = refunds.refund(stripe_desk.billing, operator, payment.id, key=key, amount=wanted)
        return made.state, made.amount.minor

    assert refunds.preview(stripe_desk.billing, operator, payment.id).amount == payment.amount
    assert refund("2.20") == refund("2.20") == ("succeeded", 220)
    with pytest.raises(RefundKeyReused) as refused_as:
        refund("3.00")
    assert refused_as.value.number == payment.id
    assert refund(key=refunds.usual_key(stripe_desk.billing, operator, payment.id)) == ("succeeded", 1000)
    assert credit(stripe_desk) == 0
    agree(stripe_desk)
    with pytest.raises(NotFound):
        refunds.preview(stripe_desk.billing, replace(operator, workspace_id="TOTHER"), payment.id)


def test_the_gateway_tells_of_late_money_before_it_is_asked(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    refused(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    hear(stripe_desk, pretend_stripe)
    assert credit(stripe_desk) == 1220
    agree(stripe_desk)


def test_what_was_closed_at_the_gateway_collects_nothing_however_late_it_arrives(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    refused(stripe_desk, pretend_stripe)
    for _ in range(2):
        stripe_desk.turn(days=1)
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    assert intent["status"] == "canceled"
    arrive(stripe_desk, pretend_stripe)
    hear(stripe_desk, pretend_stripe)
    assert pretend_stripe.collected() == []
    agree(stripe_desk)


def test_a_bank_that_asks_for_the_payer_late_asks_for_nothing_any_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """The late request ends at the bank's page; nobody was told of it, and nobody can pay there."""
    refused(stripe_desk, pretend_stripe)
    pretend_stripe.stripe.faults.plan_cards(ASKS)
    arrive(stripe_desk, pretend_stripe)
    for _ in range(2):
        stripe_desk.turn(days=1)
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    assert intent["status"] == "canceled"
    agree(stripe_desk)


def test_money_that_a_declined_renewal_brings_late_pays_its_invoice(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    plan = past_due(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    hear(stripe_desk, pretend_stripe)
    assert stripe_desk.plan(plan.id).status == "active"
    assert [one.state for one in stripe_desk.payments()] == [PaymentState.PAID] * 2
    assert (pretend_stripe.collected(), credit(stripe_desk)) == ([1220, 1220], 0)
    agree(stripe_desk)


def test_what_the_gateway_tells_of_is_asked_after_until_it_answers(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """The try is decided here, so that no poll asks: a webhook that meets a silent gateway is all there is."""
    plan = past_due(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    intent_id = stripe_desk.payments()[-1].gateway_id
    pretend_stripe.stripe.faults.plan(f"/payment_intents/{intent_id}", *[Fault.DEAF] * 5)
    hear(stripe_desk, pretend_stripe)
    waiting = "SELECT COUNT(*) FROM gateway_events WHERE processed_at IS NULL"
    assert (stripe_desk.plan(plan.id).status, stripe_desk.rows(waiting)[0][0]) == ("past_due", 5)
    assert webhooks.process(stripe_desk.billing) == 5
    assert (stripe_desk.plan(plan.id).status, credit(stripe_desk)) == ("active", 0)
    agree(stripe_desk)


def test_money_that_comes_after_a_renewal_was_given_up_is_credit(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    plan = past_due(stripe_desk, pretend_stripe)
    pretend_stripe.stripe.faults.plan_cards(*[EMPTY] * 3)
    for days in (3, 5, 7):
        stripe_desk.turn(days=days)
    pretend_stripe.stripe.faults.plan_cards(EMPTY)
    pretend_stripe.stripe.faults.plan("/cancel", Fault.DEAF)
    stripe_desk.turn(days=7)
    assert stripe_desk.plan(plan.id).status == "ended"
    arrive(stripe_desk, pretend_stripe)
    stripe_desk.turn(days=1)
    assert credit(stripe_desk) == 1220
    agree(stripe_desk)


def test_what_is_credited_of_an_unpaid_invoice_is_not_collected_late(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    plan = past_due(stripe_desk, pretend_stripe)
    number = stripe_desk.invoices()[1].number
    credit_notes.issue(stripe_desk.billing, number, Wanted("2.20"))
    arrive(stripe_desk, pretend_stripe)
    assert pretend_stripe.collected() == [1220]
    (unpaid,) = payments.unpaid(stripe_desk.billing, stripe_desk.owner(), plan.id)
    payments.pay_now(stripe_desk.billing, stripe_desk.owner(), unpaid.id)
    assert pretend_stripe.collected() == [1220, 1000]
    agree(stripe_desk)


def test_an_invoice_that_was_paid_without_a_word_is_credited_as_a_paid_one(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    past_due(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    note = credit_notes.issue(
        stripe_desk.billing, stripe_desk.invoices()[1].number, Wanted("2.20", refund=True)
    )
    assert pretend_stripe.collected() == [1220, 1220]
    assert note.total.minor == 220
    operator = Actor(WORKSPACE, "", "operator")
    refunds.refund(stripe_desk.billing, operator, stripe_desk.invoices()[1].number, key="back")
    (given,) = pretend_stripe.stripe.books.all("refund")
    assert given["amount"] == 220
    agree(stripe_desk)


def test_nothing_is_credited_of_an_unpaid_invoice_while_the_gateway_does_not_answer(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    past_due(stripe_desk, pretend_stripe)
    number = stripe_desk.invoices()[1].number
    pretend_stripe.stripe.faults.plan("/cancel", Fault.DEAF)
    with pytest.raises(PaymentInProgress):
        credit_notes.issue(stripe_desk.billing, number, Wanted("2.20"))
    credit_notes.issue(stripe_desk.billing, number, Wanted("2.20"))
    agree(stripe_desk)


def test_two_tries_of_one_gateway_payment_bring_its_money_once(
    stripe_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    """The first one's request is late; the second finds the payment collected, and the first is heard after that."""
    past_due(stripe_desk, pretend_stripe)
    arrive(stripe_desk, pretend_stripe)
    stripe_desk.turn(days=3)
    paid = stripe_desk.payments()[1]
    assert paid.state is PaymentState.PAID
    (first, second) = stripe_desk.rows(
        "SELECT state, gateway_id FROM payment_attempts WHERE payment_id = :p ORDER BY number", p=paid.id
    )
    assert (first.state, second.state) == ("declined", "succeeded")
    key = f"{paid.workspace_id}-{paid.id}-1"
    said = Outcome(Answer.SUCCEEDED, second.gateway_id)
    keep_outcome(stripe_desk.billing, PaymentKey(paid.workspace_id, paid.id), key, said)
    assert (pretend_stripe.collected(), credit(stripe_desk)) == ([1220, 1220], 0)
    agree(stripe_desk)
