"""Money that came for what cannot be invoiced is credit of the property, once, and the plan is free again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.payments.outcomes import PaymentKey, keep_outcome
from billing.ports import Answer, Outcome
from billing.services import changes, payment_methods, purchases, refunds, subscriptions
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.errors import InvoiceIncomplete
from billing.values.refusals import NotIssued
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import WORKSPACE, Desk

PRO = PlanSelection("pro", Interval.MONTH)
BERLIN = BillingAddress("Beispiel GmbH", "Unter den Linden 1", "Berlin", "DE", postal_code="10117")
GMBH = Company("Beispiel GmbH", vat_number="DE136695976")


def lose_detail(desk: Desk) -> None:
    """The draft that waits is of a version that asked less: it does not say who buys."""
    ((plain,),) = desk.rows("SELECT draft FROM payments WHERE state = 'open'")
    draft = plain if isinstance(plain, dict) else json.loads(plain)
    draft["document"]["buyer"]["name"] = ""
    desk.execute("UPDATE payments SET draft = :draft WHERE state = 'open'", draft=json.dumps(draft))


def buy(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner), token="tok_asks_for_action")


def upgrade(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    return changes.change(desk.billing, owner, plan.id, PRO, key="up").subscription


def restart(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    return subscriptions.restart(desk.billing, owner, plan.id, key="again")


def credit_of(desk: Desk) -> int:
    rows = desk.rows("SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'credit'")
    return -int(rows[0][0])


@pytest.mark.parametrize(("begin", "status"), [(buy, "abandoned"), (upgrade, "active"), (restart, "ended")])
def test_money_for_what_cannot_be_invoiced_is_credit_once_and_all_else_is_as_it_was(
    desk: Desk, begin: Callable[[Desk], SubscriptionSnapshot], status: str
) -> None:
    plan = begin(desk)
    before, issued = desk.charged(), len(desk.invoices())
    lose_detail(desk)
    attempt_key = desk.gateway.calls[-1]
    desk.gateway.authenticate(attempt_key)
    desk.turn(hours=6)
    payment = desk.payments()[-1]
    for _ in range(2):  # whoever hears of it later
        key = PaymentKey(payment.workspace_id, payment.id)
        keep_outcome(desk.billing, key, attempt_key, Outcome(Answer.SUCCEEDED, "ch_late"))
    assert sum(desk.charged()) - sum(before) == payment.minor == 1220
    assert credit_of(desk) == 1220
    assert len(desk.invoices()) == issued
    now = desk.plan(plan.id)
    assert (now.status, now.plan, now.pending) == (status, "Basic", None)
    assert (payment.state, payment.invoice_id) == ("failed", None)
    assert [entry.after for entry in desk.audit("payment.credit")] == [{"minor": 1220}]
    assert verify(desk.billing) == ()


def test_it_goes_back_by_the_id_of_the_payment_which_no_invoice_names(desk: Desk) -> None:
    buy(desk)
    lose_detail(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    (payment,) = desk.payments()
    made = refunds.refund(desk.billing, Actor(WORKSPACE, "", "operator"), payment.id, key="one")
    assert (made.state, made.amount.minor, credit_of(desk)) == ("succeeded", 1220, 0)
    assert verify(desk.billing) == ()


def test_all_who_may_change_the_billing_are_told_in_private_and_the_channel_once(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    desk.buy(owner, piazza, token="tok_asks_for_action")
    lose_detail(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    told = "SELECT audience, address FROM outbox WHERE kind = 'UnissuedPaymentCredited' ORDER BY audience, address"
    assert [tuple(row) for row in desk.rows(told)] == [
        ("slack_channel", "CBILLING"),
        ("slack_person", "UADMIN"),
        ("slack_person", "UOWNER"),
    ]


def test_the_credit_pays_the_next_try_as_soon_as_the_detail_is_there(desk: Desk) -> None:
    plan, owner = upgrade(desk), desk.owner()
    lose_detail(desk)
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    changed = changes.change(desk.billing, owner, plan.id, PRO, key="up again")
    assert changed.subscription.plan == "Pro"
    assert desk.charged() == [1220, 1220]
    assert desk.invoices()[-1].read_document().credit_minor == 1220
    assert credit_of(desk) == 0
    assert subscriptions.cancel(desk.billing, owner, plan.id, "Too dear").ends_at is not None
    assert verify(desk.billing) == ()


def test_who_waits_for_the_answer_reads_that_the_money_is_credit(desk: Desk) -> None:
    """The first try was cut off before the gateway answered; the second click asks again."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = desk.order(owner, piazza)
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    purchases.purchase(desk.billing, owner, order, key="buy")
    lose_detail(desk)
    desk.turn(minutes=1)
    with pytest.raises(NotIssued) as refused:
        purchases.purchase(desk.billing, owner, order, key="buy")
    assert refused.value.collected.minor == 1220 == credit_of(desk)
    assert desk.buy(owner, piazza).status == "active"
    assert desk.charged() == [1220]
    assert verify(desk.billing) == ()


def test_another_card_is_not_charged_for_what_cannot_be_invoiced(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    waiting = desk.buy(owner, piazza, token="tok_asks_for_action")
    lose_detail(desk)
    other = desk.card(owner, piazza)
    assert payment_methods.choose(desk.billing, owner, waiting.id, other).subscription.status == "abandoned"
    assert desk.charged() == []
    assert desk.told()[-1] == "PaymentFailed"
    assert desk.buy(owner, piazza).status == "active"
    assert verify(desk.billing) == ()


def test_what_was_cut_off_before_its_first_try_is_refused_in_the_words_of_what_is_missing(desk: Desk) -> None:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    purchases.purchase(desk.billing, owner, order, key="buy")
    desk.execute("DELETE FROM payment_attempts")
    lose_detail(desk)
    with pytest.raises(InvoiceIncomplete) as refused:
        purchases.purchase(desk.billing, owner, order, key="buy")
    assert refused.value.field == "buyer name"
    assert desk.charged() == []
    assert desk.payments()[-1].state == "failed"


def test_a_company_that_loses_its_number_while_the_bank_asks_is_invoiced_as_what_it_was_when_it_bought(
    desk: Desk,
) -> None:
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), address=BERLIN, company=GMBH)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    bought = purchases.purchase(desk.billing, owner, order, key="buy")
    desk.execute("UPDATE subscriptions SET company = NULL")
    desk.gateway.authenticate(desk.gateway.calls[-1])
    desk.turn(hours=6)
    assert desk.plan(bought.subscription.id).status == "active"
    (invoice,) = desk.invoices()
    assert (invoice.total_minor, invoice.read_document().buyer.vat_number) == (1000, "DE136695976")
    assert verify(desk.billing) == ()


def test_whatever_could_not_be_issued_is_refused_in_the_preview_and_before_the_intent(desk: Desk) -> None:
    """A year under reverse charge; then the property has neither address nor number any more."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = replace(desk.order(owner, piazza, "live-chat/basic/year"), address=BERLIN, company=GMBH)
    plan = purchases.purchase(desk.billing, owner, order, key="buy").subscription
    desk.execute("UPDATE subscriptions SET company = NULL, address = NULL")
    desk.turn(days=10)
    before = len(desk.gateway.calls)
    for wish in (
        PlanSelection("pro", Interval.YEAR),
        PlanSelection("basic", Interval.YEAR, 2),
        PlanSelection("basic", Interval.MONTH),
    ):
        with pytest.raises(InvoiceIncomplete):
            changes.preview_change(desk.billing, owner, plan.id, wish)
        with pytest.raises(InvoiceIncomplete):
            changes.change(desk.billing, owner, plan.id, wish, key=str(wish))
    assert len(desk.gateway.calls) == before
    assert subscriptions.cancel(desk.billing, owner, plan.id, "Too dear").ends_at is not None
