"""Companies abroad: their tax numbers as people type them there, what they buy, and places outside the VAT area."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from billing.services import (
    addresses,
    changes,
    companies,
    payment_methods,
    properties,
    purchases,
    subscriptions,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.purchases import Order
from billing.services.verify import verify
from billing.values.addresses import BillingAddress, countries
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.errors import BadFields, Fault, InvoiceIncomplete, TaxCaseUnknown
from billing.values.money import Money
from tests.billing.desk import Desk

BERLIN = BillingAddress("Beispiel GmbH", "Hauptstraße 1", "Berlin", "DE", "10115")
COMPANY = Company("Beispiel GmbH", "DE136695976")
HELGOLAND = replace(BERLIN, city="Helgoland", postal_code="27498")
BEISPIEL = {"legal_name": "Beispiel GmbH", "vat_number": "136695976"}


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("GB", "XI980780684", "GB980780684"),
        ("GR", "EL094259216", "EL094259216"),
        ("GR", "gr 094 259 216", "EL094259216"),
        ("MX", "p&g 851223 b24", "P&G851223B24"),
        ("MX", "ÑAB010101AB1", "ÑAB010101AB1"),
        ("MX", "N\u0303AB010101AB1", "ÑAB010101AB1"),
        ("AE", "100123456700102", "100123456700102"),
        ("SA", "300123456700011", "300123456700011"),
        ("BR", "50.593.816/8279-79", "50.593.816/8279-79"),
        ("VN", "4101576037180", "4101576037180"),
    ],
)
def test_a_tax_number_is_taken_as_people_type_it_there(country: str, typed: str, kept: str) -> None:
    company = Company.typed(country, legal_name="Esempio", vat_number=typed)
    assert company == Company("Esempio", kept)


@pytest.mark.parametrize("country", sorted(countries()))
@pytest.mark.parametrize(
    "card",
    ["4242 4242 4242 4242", "5105105105105100", "378282246310005", "30569309025904", "6011111111111117"],
)
def test_a_card_number_is_no_tax_number_of_any_country(country: str, card: str) -> None:
    with pytest.raises(BadFields) as refused:
        Company.typed(country, legal_name="Esempio", vat_number=card)
    assert refused.value.faults == {"vat_number": Fault("card_number")}


@pytest.mark.parametrize("number", ["P&G851223B24", "ÑAB010101AB1"])
@pytest.mark.parametrize("country", ["US", "ES"])
def test_the_letters_of_mexico_are_in_no_other_countrys_numbers(country: str, number: str) -> None:
    with pytest.raises(BadFields) as refused:
        Company.typed(country, legal_name="Esempio", vat_number=number)
    assert refused.value.faults == {"vat_number": Fault("vat_number")}


def test_a_move_to_a_place_outside_the_vat_area_needs_the_number_and_is_billed_without_vat(
    desk: Desk,
) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    with pytest.raises(TaxCaseUnknown) as refused:
        addresses.change(desk.billing, owner, plan.id, HELGOLAND, plan.version)
    assert (refused.value.missing, refused.value.place) == ("vat_number", "Helgoland")
    companies.change(desk.billing, owner, plan.id, BEISPIEL, plan.version, HELGOLAND)
    desk.turn(days=31)
    document = desk.invoices()[-1].read_document()
    assert [(group.rate, group.note) for group in document.taxes] == [(0, "not_subject")]
    assert document.buyer.postal_code == "27498"
    assert desk.charged() == [1220, 1000]
    assert verify(desk.billing) == ()


def german_order(desk: Desk, what: str, **changed: Any) -> Order:
    owner = desk.owner()
    berlin = properties.create(desk.billing, owner, "Berlin", "Europe/Berlin", "DE", is_workspace_owner=True)
    return replace(desk.order(owner, berlin, what), **{"address": BERLIN, "company": COMPANY, **changed})


@pytest.mark.parametrize("what", ["live-chat/basic/month", "knowledge-base/standard/month"])
@pytest.mark.parametrize(
    ("missing", "refusal"),
    [
        ({"company": None}, TaxCaseUnknown),
        ({"company": None, "address": None}, TaxCaseUnknown),
        ({"address": None}, InvoiceIncomplete),
    ],
    ids=["no number", "nothing", "no address"],
)
def test_what_could_not_be_invoiced_is_refused_in_the_preview_and_before_a_charge_or_a_trial(
    desk: Desk, what: str, missing: dict[str, None], refusal: type[Exception]
) -> None:
    order = german_order(desk, what, **missing)
    with pytest.raises(refusal):
        purchases.preview_purchase(desk.billing, desk.owner(), order)
    with pytest.raises(refusal):
        purchases.purchase(desk.billing, desk.owner(), order, key="one")
    assert (desk.charged(), desk.rows("SELECT id FROM subscriptions")) == ([], [])
    assert "SubscriptionStarted" not in desk.told()


def test_a_company_abroad_buys_under_reverse_charge(desk: Desk) -> None:
    bought = purchases.purchase(
        desk.billing, desk.owner(), german_order(desk, "live-chat/basic/month"), key="one"
    )
    assert (bought.subscription.company, bought.subscription.address) == (COMPANY, BERLIN)
    (document,) = [invoice.read_document() for invoice in desk.invoices()]
    assert [(group.rate, group.note) for group in document.taxes] == [(0, "reverse_charge")]
    assert desk.charged() == [1000]
    assert verify(desk.billing) == ()


def test_a_trial_of_a_company_abroad_says_what_will_come_and_becomes_a_plan(desk: Desk) -> None:
    order = german_order(desk, "knowledge-base/standard/month")
    quote = purchases.preview_purchase(desk.billing, desk.owner(), order)
    assert quote.next_charge == Money(1500, "EUR")
    trial = purchases.purchase(
        desk.billing, desk.owner(), order, key="one", expected_quote=quote.fingerprint
    ).subscription
    plus = PlanSelection("plus", Interval.MONTH)
    preview = changes.preview_change(desk.billing, desk.owner(), trial.id, plus)
    assert preview.next_charge == Money(2500, "EUR")
    desk.turn(days=7)
    assert (desk.plan(trial.id).status, desk.charged()) == ("active", [1500])


def test_the_plan_of_a_trial_changes_only_where_its_first_invoice_could_be_issued(desk: Desk) -> None:
    order = german_order(desk, "knowledge-base/standard/month")
    trial = purchases.purchase(desk.billing, desk.owner(), order, key="one").subscription
    desk.execute("UPDATE subscriptions SET company = NULL")
    plus = PlanSelection("plus", Interval.MONTH)
    with pytest.raises(TaxCaseUnknown):
        changes.change(desk.billing, desk.owner(), trial.id, plus, key="up")
    assert desk.plan(trial.id).plan == "Standard"


def test_an_upgrade_that_could_not_be_invoiced_is_refused_before_the_charge(desk: Desk) -> None:
    """What it credits was billed under reverse charge, and the property that it was transferred to has no number."""
    owner = desk.owner()
    order = german_order(desk, "live-chat/basic/year")
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    corso = desk.property_of(owner, "Corso")
    transfers.transfer(desk.billing, owner, plan.id, corso.id)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, corso))
    pro = PlanSelection("pro", Interval.YEAR)
    with pytest.raises(InvoiceIncomplete):
        changes.preview_change(desk.billing, owner, plan.id, pro)
    with pytest.raises(InvoiceIncomplete):
        changes.change(desk.billing, owner, plan.id, pro, key="up")
    assert desk.charged() == [12000]
    subscriptions.cancel(desk.billing, owner, plan.id, "No more")
    assert desk.plan(plan.id).cancelled_by == owner.user_id
