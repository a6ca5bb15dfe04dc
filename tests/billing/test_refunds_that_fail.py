"""A refund that fails at the bank, at once or weeks later: the money is owed again, and who must know is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing import Actor
from billing.ledger import credit_balance
from billing.services import api_keys, credit_notes, refunds, webhooks
from billing.services.credit_notes import Wanted
from billing.services.reconciliation import Difference, reconcile
from billing.services.verify import verify
from billing.values.actors import VIA_API, VIA_OPERATOR, Role
from billing.values.channels import OperatorChannel
from billing.values.events import RefundFailed
from sandbox.gateway.cards import PENDING_REFUND
from sandbox.gateway.faults import Fault
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.billing.desk import WORKSPACE, Desk
from tests.pretend_stripe import RunningStripe

pytestmark = pytest.mark.slow

NUMBER = "2026-000001"
BY_HAND = Actor(WORKSPACE, "", "operator")
OPERATOR = Actor(WORKSPACE, "UOPERATOR", VIA_OPERATOR)
CHANNEL = OperatorChannel("T0OPERATORS", "COPERATORS")
OPERATORS = (CHANNEL.workspace_id, "slack_channel", CHANNEL.channel)
ADMINS = [(WORKSPACE, "slack_person", "UADMIN"), (WORKSPACE, "slack_person", "UOWNER")]


@pytest.fixture
def told_desk(stripe_desk: Desk) -> Desk:
    """A desk whose operators have a channel."""
    return replace(stripe_desk, billing=replace(stripe_desk.billing, operator_channel=CHANNEL))


def paid(desk: Desk, token: str = "pm_card_visa") -> str:
    """A property with two admins that paid 12.20; its id."""
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.member(owner, prop, "UADMIN", Role.ADMIN)
    desk.buy(owner, prop, token=token)
    return prop.id


def refund(desk: Desk, key: str = "one", by: Actor = BY_HAND, amount: str | None = None) -> str:
    wanted = Decimal(amount) if amount else None
    return refunds.refund(desk.billing, by, NUMBER, key=key, amount=wanted).state


def send_back(desk: Desk, stripe: RunningStripe) -> None:
    """The bank sends the refund back, and the gateway says so, twice."""
    (made, *_) = stripe.stripe.books.all("refund")
    stripe.stripe.rules.refuse_refund(made["id"])
    body = delivery(stripe.stripe.hooks.untold()[-1])
    for _ in range(2):
        webhooks.receive(desk.billing, body, signature(body, WEBHOOK_SECRET))
        webhooks.process(desk.billing)


def told(desk: Desk) -> list[tuple[tuple[str, str, str], RefundFailed]]:
    rows = desk.rows(
        "SELECT workspace_id, audience, address, fact FROM outbox WHERE kind = 'RefundFailed' "
        "ORDER BY audience, address"
    )
    facts = [json.loads(row.fact) if isinstance(row.fact, str) else row.fact for row in rows]
    return [
        (tuple(row[:3]), RefundFailed.from_json(fact["event"])) for row, fact in zip(rows, facts, strict=True)
    ]


def places(desk: Desk) -> list[Any]:
    return [place for place, _ in told(desk)]


def booked(desk: Desk, account: str) -> int:
    (row,) = desk.rows("SELECT sum(minor) AS minor FROM postings WHERE account = :of", of=account)
    return int(row.minor or 0)


def credit(desk: Desk, property_id: str) -> int:
    with desk.billing.read("test") as work:
        return credit_balance(work.session, WORKSPACE, property_id, "EUR").minor


def reconciled(desk: Desk) -> list[str]:
    return [one.what for one in reconcile(desk.billing, desk.clock.now - timedelta(days=30))]


def test_one_that_had_succeeded_is_owed_again_and_told_to_operators_and_admins_once(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    prop = paid(told_desk)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted("10.00", refund=True))
    credit_notes.issue(told_desk.billing, NUMBER, Wanted("2.00"))
    told_desk.turn(days=20)
    assert refund(told_desk, by=OPERATOR) == "succeeded"
    assert (booked(told_desk, "refund"), credit(told_desk, prop)) == (0, 0)
    told_desk.turn(days=5)
    send_back(told_desk, pretend_stripe)
    assert (booked(told_desk, "cash"), booked(told_desk, "refund")) == (1220, -1000)
    assert credit(told_desk, prop) == 200
    (operators, event), *admins = told(told_desk)
    assert (operators, [place for place, _ in admins]) == (OPERATORS, ADMINS)
    assert event == RefundFailed(
        "",
        "Piazza",
        "Europe/Rome",
        number=NUMBER,
        minor=1200,
        promised_minor=1000,
        currency="EUR",
        reason="lost_or_stolen_card",
        workspace_name="Esempio",
        asked_by="UOPERATOR",
    )
    assert all(one == replace(event, property_id=prop, workspace_name="", asked_by="") for _, one in admins)
    facts = [row.type for row in told_desk.rows("SELECT type FROM facts ORDER BY number")]
    assert [type_ for type_ in facts if "refund" in type_] == ["payment.refunded", "refund.failed"]
    assert [entry.after for entry in told_desk.audit("refund.failed")] == [{"minor": 1200}]
    assert verify(told_desk.billing) == ()
    assert reconciled(told_desk) == []
    assert refund(told_desk, "again") == "succeeded"
    assert (booked(told_desk, "refund"), credit(told_desk, prop)) == (0, 0)
    assert verify(told_desk.billing) == ()


def test_one_that_was_on_its_way_is_told_too_and_by_itself_where_no_webhook_comes(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    paid(told_desk, PENDING_REFUND)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted(refund=True))
    assert refund(told_desk) == "open"
    (made,) = pretend_stripe.stripe.books.all("refund")
    pretend_stripe.stripe.rules.refuse_refund(made["id"])
    told_desk.turn(days=1)
    assert [row.state for row in told_desk.rows("SELECT state FROM refunds")] == ["failed"]
    assert places(told_desk) == [OPERATORS, *ADMINS]
    assert booked(told_desk, "refund") == -1220
    assert verify(told_desk.billing) == ()


def test_what_was_promised_to_nobody_is_told_to_the_operators_alone(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    prop = paid(told_desk)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted())
    assert refund(told_desk) == "succeeded"
    send_back(told_desk, pretend_stripe)
    assert places(told_desk) == [OPERATORS]
    assert credit(told_desk, prop) == 1220


def test_a_key_of_the_api_is_nobody_who_can_be_mentioned(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    paid(told_desk)
    key, _ = api_keys.create(told_desk.billing, "Shop", ("write",))
    credit_notes.issue(told_desk.billing, NUMBER, Wanted())
    refund(told_desk, by=Actor(WORKSPACE, key.id, VIA_API))
    send_back(told_desk, pretend_stripe)
    assert [event.asked_by for _, event in told(told_desk)] == [""]


def test_who_asks_for_one_that_is_refused_at_once_is_answered_and_nobody_is_told(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    paid(told_desk)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted(refund=True))
    (intent,) = pretend_stripe.stripe.books.all("payment_intent")
    pretend_stripe.stripe.rules.refund({"payment_intent": intent["id"]})  # by hand, at the gateway
    assert refund(told_desk) == "failed"
    assert told(told_desk) == []


def test_a_silent_gateway_is_asked_again_about_one_that_had_succeeded(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    paid(told_desk)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted(refund=True))
    refund(told_desk)
    pretend_stripe.stripe.faults.plan("/refunds", Fault.DEAF, Fault.DEAF)
    send_back(told_desk, pretend_stripe)
    webhooks.process(told_desk.billing)
    assert places(told_desk) == [OPERATORS, *ADMINS]


def test_reconcile_looks_at_what_was_refunded_in_its_days_whenever_it_was_paid(
    told_desk: Desk, pretend_stripe: RunningStripe
) -> None:
    paid(told_desk)
    credit_notes.issue(told_desk.billing, NUMBER, Wanted(refund=True))
    told_desk.turn(days=25)
    refund(told_desk)
    told_desk.turn(days=20)
    (intent,) = [one for one in pretend_stripe.stripe.books.all("payment_intent") if one["amount"] == 1220][
        -1:
    ]
    assert reconciled(told_desk) == []
    (made, *_) = pretend_stripe.stripe.books.all("refund")
    pretend_stripe.stripe.rules.refuse_refund(made["id"])  # and no webhook comes
    what = "The gateway gave back 0.00 EUR, our books say 12.20 EUR."
    since = told_desk.clock.now - timedelta(days=30)
    assert reconcile(told_desk.billing, since) == (Difference(intent["id"], what),)
    assert reconcile(told_desk.billing, told_desk.clock.now - timedelta(days=10)) == ()
