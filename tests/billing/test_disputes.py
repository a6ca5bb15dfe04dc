"""A payment that the payer's bank takes back is named, shown and told; it moves nothing by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.ports import GatewayUnavailable
from billing.services import payments, webhooks
from billing.services.reconciliation import Difference, reconcile
from billing.services.verify import verify
from billing.values.actors import Role
from sandbox.gateway.faults import Fault
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import Desk
from tests.pretend_stripe import RunningStripe

MONTH = timedelta(days=31)
DISPUTED = "The payer disputes 12.20 EUR: the bank has not decided, and the gateway may withhold it."
LOST = "The payer disputed 12.20 EUR, and it is lost: the bank took it back, our books say it is paid."
WON = "The payer disputed 12.20 EUR, and it is won: the money stays."
# What telling and recording leave behind.
BESIDES = ("payments", "outbox", "audit_entries", "gateway_events", "gateway_mismatches")


@pytest.fixture
def paid(stripe_desk: Desk, pretend_stripe: RunningStripe) -> str:
    """A property that paid 12.20, with an owner, an admin and an accountant; the gateway's name of the payment."""
    owner = stripe_desk.owner()
    prop = stripe_desk.property_of(owner)
    stripe_desk.member(owner, prop, "UADMIN", Role.ADMIN)
    stripe_desk.member(owner, prop, "UACCOUNTANT", Role.ACCOUNTANT)
    stripe_desk.buy(owner, prop, token="pm_card_visa")
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    return str(intent["id"])


def deliver(desk: Desk, stripe: RunningStripe) -> None:
    """The newest event of Stripe's comes, twice, and is processed."""
    body = delivery(stripe.stripe.hooks.untold()[-1])
    for _ in range(2):
        webhooks.receive(desk.billing, body, signature(body, WEBHOOK_SECRET))
    webhooks.process(desk.billing)


def told_of_disputes(desk: Desk) -> list[tuple[str, str]]:
    found = "SELECT audience, address FROM outbox WHERE kind = 'PaymentDisputed' ORDER BY number"
    return [(row.audience, row.address) for row in desk.rows(found)]


def shown(desk: Desk) -> list[tuple[str, str | None]]:
    (subscription,) = desk.rows("SELECT id FROM subscriptions")
    found = payments.history(desk.billing, desk.owner(), subscription.id)
    return [(one.outcome, one.dispute) for one in found]


@pytest.mark.parametrize(
    ("status", "what", "state"),
    [
        ("needs_response", DISPUTED, "open"),
        ("under_review", DISPUTED, "open"),
        ("warning_needs_response", DISPUTED, "open"),
        ("lost", LOST, "lost"),
        ("won", WON, "won"),
        ("warning_closed", WON, "won"),
    ],
)
def test_reconcile_names_a_disputed_payment_and_how_the_dispute_stands(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str, status: str, what: str, state: str
) -> None:
    since = stripe_desk.clock.now - MONTH
    assert reconcile(stripe_desk.billing, since) == ()
    pretend_stripe.stripe.rules.dispute(paid, status)
    assert reconcile(stripe_desk.billing, since) == (Difference(paid, what),)
    assert shown(stripe_desk) == [("succeeded", state)]


@pytest.mark.parametrize(("case", "what", "state"), [("resolution", LOST, "lost"), ("block", WON, "won")])
def test_a_dispute_that_was_prevented_by_giving_the_money_back_is_lost(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str, case: str, what: str, state: str
) -> None:
    pretend_stripe.stripe.rules.dispute(paid, "prevented", case)
    assert reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH) == (Difference(paid, what),)
    assert shown(stripe_desk) == [("succeeded", state)]


def test_what_is_lost_stays_a_difference_and_what_is_won_is_none_any_more(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    since = stripe_desk.clock.now - MONTH
    pretend_stripe.stripe.rules.dispute(paid, "lost")
    for _ in range(2):
        assert reconcile(stripe_desk.billing, since) == (Difference(paid, LOST),)
    pretend_stripe.stripe.rules.dispute(paid, "won")  # a lost one can be won on appeal
    assert reconcile(stripe_desk.billing, since) == (Difference(paid, WON),)
    assert reconcile(stripe_desk.billing, since) == ()


def test_a_webhook_of_a_dispute_wakes_it_and_the_channel_and_the_admins_are_told_once(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    everybody = [("slack_channel", "CBILLING"), ("slack_person", "UADMIN"), ("slack_person", "UOWNER")]
    for times, (status, state) in enumerate([("needs_response", "open"), ("lost", "lost")], 1):
        pretend_stripe.stripe.rules.dispute(paid, status)
        deliver(stripe_desk, pretend_stripe)
        assert shown(stripe_desk) == [("succeeded", state)]
        assert told_of_disputes(stripe_desk) == everybody * times
    pretend_stripe.stripe.rules.dispute(paid, "lost")
    deliver(stripe_desk, pretend_stripe)
    reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)
    assert told_of_disputes(stripe_desk) == everybody * 2, "what is known is told no second time"
    told = stripe_desk.audit("payment.dispute")
    assert [(entry.before, entry.after) for entry in told] == [
        (None, {"dispute": "open"}),
        ({"dispute": "open"}, {"dispute": "lost"}),
    ]


@pytest.mark.parametrize("status", ["needs_response", "won", "lost"])
def test_a_dispute_moves_nothing(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str, status: str
) -> None:
    without_dispute = "SELECT id, state, minor, credit_minor, next_try_at, invoice_id FROM payments"
    before, payment = stripe_desk.everything(but=BESIDES), stripe_desk.rows(without_dispute)
    pretend_stripe.stripe.rules.dispute(paid, status)
    deliver(stripe_desk, pretend_stripe)
    reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)
    assert stripe_desk.everything(but=BESIDES) == before
    assert stripe_desk.rows(without_dispute) == payment
    assert verify(stripe_desk.billing) == ()
    assert stripe_desk.turn(days=31).renewed == 1, "the plan goes on"


def test_a_dispute_about_which_the_gateway_is_silent_is_asked_after_again(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    pretend_stripe.stripe.rules.dispute(paid)
    pretend_stripe.stripe.faults.plan("/disputes", Fault.DEAF)
    deliver(stripe_desk, pretend_stripe)
    assert shown(stripe_desk) == [("succeeded", None)]
    assert webhooks.process(stripe_desk.billing) == 1
    assert shown(stripe_desk) == [("succeeded", "open")]
    pretend_stripe.stripe.faults.plan("/disputes", Fault.DEAF)
    with pytest.raises(GatewayUnavailable):
        reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)


def test_a_dispute_over_none_of_ours_is_named_as_the_payment_is_and_told_to_nobody(
    stripe_desk: Desk, pretend_stripe: RunningStripe, paid: str
) -> None:
    other = pretend_stripe.stripe.rules.make_intent({"amount": "100", "currency": "eur"})
    pretend_stripe.stripe.rules.confirm(other["id"], {"payment_method": "pm_card_visa"})
    pretend_stripe.stripe.rules.dispute(other["id"])
    deliver(stripe_desk, pretend_stripe)
    found = reconcile(stripe_desk.billing, stripe_desk.clock.now - MONTH)
    assert found == (Difference(other["id"], "The gateway collected 1.00 EUR for none of ours."),)
    assert told_of_disputes(stripe_desk) == []
