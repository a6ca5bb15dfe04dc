"""How a subscription starts: what is bought, its first invoice, and what is refused."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import pytest

from billing.services import purchases, subscriptions
from billing.services.purchases import Order
from billing.values.addresses import BillingAddress
from billing.values.cycles import Interval
from billing.values.errors import TaxCaseUnknown
from billing.values.frozen import frozen
from billing.values.hashes import digest_of
from billing.values.money import Money
from billing.values.refusals import AlreadyBought, NotFound, NotSold
from tests.billing.desk import Desk, at_once


def test_a_started_subscription_is_invoiced_for_its_first_period(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    (invoice,) = desk.invoices()
    document = invoice.read_document()
    assert (invoice.number, invoice.issued_on) == ("2026-000001", date(2026, 1, 31))
    assert document.net == Money(2900, "EUR")
    assert document.tax == Money(638, "EUR")
    assert document.total == invoice.total == Money(3538, "EUR")
    assert (document.lines[0].first_day, document.lines[0].last_day) == (date(2026, 1, 31), date(2026, 2, 27))
    assert bought.period_end_at == bought.next_charge_at == datetime(2026, 2, 28, 9, 30, tzinfo=UTC)
    assert bought.next_charge == Money(3538, "EUR")
    assert (bought.add_on, bought.plan, bought.price) == ("AI Assist", "Growth", Money(2900, "EUR"))


def test_the_invoice_is_frozen_with_seller_buyer_and_card(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    order = Order(piazza.id, "ai-assist", "growth", Interval.YEAR, payment_method_id=desk.card(owner, piazza))
    purchases.purchase(desk.billing, owner, order, key="once")
    document = desk.invoices()[0].read_document()
    assert (document.seller.name, document.seller.vat_number) == ("Venditore S.p.A.", "IT00743110157")
    assert (document.buyer.name, document.property_name) == ("Giulia Rossi", "Piazza")
    assert (document.charged_to, document.total) == ("Visa 4242", Money(35380, "EUR"))
    assert document.lines[0].last_day == date(2027, 1, 30)


def test_the_hash_is_that_of_the_document_as_it_is_kept_and_read_back(desk: Desk) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    (invoice,) = desk.invoices()
    assert invoice.document_hash == digest_of(frozen(invoice.read_document(), short=True))
    kept = json.dumps(invoice.document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert invoice.document_hash == hashlib.sha256(kept.encode()).hexdigest()


def test_a_start_is_told_and_recorded(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    (asked,), (paid,) = desk.audit("purchase.ask"), desk.audit("payment.paid")
    assert (asked.user_id, asked.subject_id, asked.refused_as) == (owner.user_id, bought.id, None)
    assert (paid.user_id, paid.after) == (owner.user_id, {"minor": 3538})
    assert desk.told() == ["SubscriptionStarted", "PaymentReceived"]


def test_a_second_running_subscription_of_the_same_add_on_is_refused(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.subscribed(owner, piazza)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(AlreadyBought):
        desk.subscribed(owner, piazza, plan="business")
    assert desk.everything(but=("audit_entries",)) == before


def test_another_add_on_and_another_property_may_have_theirs(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.subscribed(owner, piazza)
    desk.subscribed(owner, piazza, add_on="video-voice", plan="standard")
    desk.subscribed(owner, desk.property_of(owner, "Corso"))
    assert [invoice.number for invoice in desk.invoices()] == ["2026-000001", "2026-000002", "2026-000003"]


def test_of_two_who_buy_the_same_at_once_one_is_refused_and_one_invoice_is_issued(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    answers = at_once(*[lambda: desk.subscribed(owner, piazza)] * 4)
    assert sum(isinstance(answer, AlreadyBought) for answer in answers) == 3
    assert len(desk.invoices()) == len(desk.rows("SELECT id FROM subscriptions")) == 1


def test_an_ended_subscription_makes_room_for_a_new_one(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    first = desk.subscribed(owner, piazza)
    subscriptions.cancel(desk.billing, owner, first.id, "Too dear")
    desk.turn(days=31)
    assert desk.subscribed(owner, piazza).id != first.id


def test_what_is_not_in_the_catalogue_is_not_sold(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    for add_on, plan, interval in (
        ("ai-assist", "huge", Interval.MONTH),
        ("teleport", "standard", Interval.MONTH),
        ("video-voice", "standard", Interval.YEAR),
        ("video-voice", "growth", Interval.MONTH),
    ):
        with pytest.raises(NotSold):
            desk.subscribed(owner, piazza, add_on, plan, interval)
    assert desk.invoices() == []


def test_a_buyer_without_a_tax_rule_starts_nothing(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.card(owner, piazza)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(TaxCaseUnknown):
        desk.subscribed(owner, piazza, address=BillingAddress("Exemple", "Rue 1", "Paris", "FR"))
    assert desk.everything(but=("audit_entries",)) == before


def test_the_card_of_another_property_cannot_be_used(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner), desk.property_of(owner, "Corso")
    for method in (desk.card(owner, corso), "pm_invented"):
        order = Order(piazza.id, "ai-assist", "growth", Interval.MONTH, payment_method_id=method)
        with pytest.raises(NotFound) as refused:
            purchases.purchase(desk.billing, owner, order, key="once")
        assert refused.value.noun == "payment method"
    assert desk.invoices() == []
