"""Companies abroad: their tax numbers as people type them there, and places outside the VAT area."""

from __future__ import annotations

import pytest

from billing.services import addresses, companies
from billing.services.verify import verify
from billing.values.addresses import BillingAddress, countries
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault, TaxCaseUnknown
from tests.billing.desk import Desk

HELGOLAND = BillingAddress("Beispiel GmbH", "Hauptstraße 1", "Helgoland", "DE", "27498")
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
