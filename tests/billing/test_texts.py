"""Names that nobody sees are none, and what no font has is refused where it would stand on a document."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from billing.renewals import bulk
from billing.services import catalogue, properties
from billing.settings import BillingSettings, faults_of
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import BadFields, CatalogueInvalid, Fault
from billing.values.texts import PRINTABLE, one_line, text_fault
from tests.billing.desk import CATALOGUE, Desk
from tests.billing.printable import ranges

INVISIBLE = {
    "zero-width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "zero-width joiner": "\u200d",
    "variation selector": "\ufe0f",
    "right-to-left override": "\u202e",
    "soft hyphen": "\u00ad",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Braille blank": "\u2800",
    "tag": "\U000e0041",
}
NO_FONT = {"Thai": "บริษัท", "Devanagari": "कंपनी", "Tamil": "நிறுவனம்", "Egyptian": "𓀀"}


def address(**changed: str) -> BillingAddress:
    typed = {
        "name": "Esempio S.r.l.",
        "street": "Via Roma 1",
        "city": "Milano",
        "postal_code": "20121",
        "country": "IT",
    }
    return BillingAddress.typed(**{**typed, **changed})


def faults_when(act: Callable[[], object]) -> dict[str, Fault]:
    with pytest.raises(BadFields) as refused:
        act()
    return refused.value.faults


@pytest.mark.parametrize("sign", INVISIBLE.values(), ids=INVISIBLE)
def test_a_name_that_nobody_sees_is_missing(desk: Desk, sign: str) -> None:
    missing, owner = Fault("missing"), desk.owner()

    def property_of_that_name() -> object:
        return properties.create(
            desk.billing, owner, f"{sign} {sign}", "Europe/Rome", "IT", is_workspace_owner=True
        )

    assert faults_when(property_of_that_name) == {"name": missing}
    assert faults_when(lambda: address(name=sign * 3, city=sign)) == {"name": missing, "city": missing}
    typed = {"legal_name": sign * 3, "vat_number": "IT00743110157"}
    assert faults_when(lambda: Company.typed("IT", **typed)) == {"legal_name": missing}
    assert text_fault(sign * 3, 400, lines=True) == missing
    assert text_fault(sign, 400, optional=True) is None


@pytest.mark.parametrize("sign", INVISIBLE.values(), ids=INVISIBLE)
def test_what_nobody_sees_is_not_kept(sign: str) -> None:
    assert one_line(f" Ac{sign}me {sign} S.p.A.{sign}") == "Acme S.p.A."
    assert address(name=f"Ac{sign}me").name == "Acme"
    company = Company.typed(
        "IT", legal_name="Acme", vat_number=f"IT0074{sign}3110157", pec=f"a{sign}@pec.example"
    )
    assert company == Company("Acme", "IT00743110157", pec="a@pec.example")


@pytest.mark.parametrize("text", ["Famiglia 👨‍👩‍👧", "Cuore ❤️", "می‌خواهم", "क्‍ष"])
def test_a_joiner_stays_where_the_text_looks_otherwise_without_it(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize("name", NO_FONT.values(), ids=NO_FONT)
def test_what_no_font_has_is_refused_in_whatever_stands_on_documents(desk: Desk, name: str) -> None:
    refused, owner = Fault("no_font", character=name[0]), desk.owner()

    def property_of_that_name() -> object:
        return properties.create(desk.billing, owner, name, "Europe/Rome", "IT", is_workspace_owner=True)

    assert faults_when(property_of_that_name) == {"name": refused}
    assert faults_when(lambda: address(name=f"Studio {name}", street=name)) == {
        "name": refused,
        "street": refused,
    }
    assert faults_when(lambda: Company.typed("IT", legal_name=name)) == {"legal_name": refused}
    assert text_fault(name, 400, lines=True) is None  # a message to people, which is printed nowhere


@pytest.mark.parametrize(
    "name",
    [
        "Łódź & Figli",
        "Ελλάς",
        "Ђорђе",
        "שָׁלוֹם",
        "شركة المثال",
        "Հայաստան",
        "თბილისი",
        "東京都",
        "서울",
        "Pizza 🍕",
        "e\u0301",
    ],
)
def test_a_name_that_the_fonts_have_is_taken(name: str) -> None:
    assert address(name=name).name == name


def test_the_list_of_what_can_be_printed_says_what_the_fonts_have() -> None:
    assert PRINTABLE.read_text(encoding="ascii") == ranges()


@pytest.mark.parametrize(
    ("name", "on_the_invoice"),
    [("สมชาย", "upayer@example.com"), ("\u200b", "upayer@example.com"), ("Anna\u200b Keller", "Anna Keller")],
)
def test_an_invoice_without_an_address_names_its_buyer_readably(
    desk: Desk, name: str, on_the_invoice: str
) -> None:
    payer = desk.person("UPAYER", name)
    prop = desk.property_of(payer)
    desk.subscribed(payer, prop, address=None)
    desk.clock.now += timedelta(days=28)
    assert bulk.renew(desk.billing) == 1
    assert [invoice.read_document().buyer.name for invoice in desk.invoices()] == [on_the_invoice] * 2


@pytest.mark.parametrize(
    ("name", "why"),
    [("\u200b", "a name that can be seen is needed"), ("แชท", "no font of the invoices has “แ”")],
)
def test_what_the_seller_writes_in_files_must_be_printable_too(
    desk: Desk, tmp_path: Path, name: str, why: str
) -> None:
    file = tmp_path / "catalogue.toml"
    file.write_text(
        CATALOGUE.read_text(encoding="utf-8").replace('name = "Growth"', f'name = "{name}"'), encoding="utf-8"
    )
    with pytest.raises(CatalogueInvalid, match=why):
        catalogue.apply(desk.billing, file)
    with pytest.raises(ValidationError) as refused:
        BillingSettings(seller_name=name)
    assert str(faults_of(refused.value)[0]).startswith(f"SELLER_NAME: {why}")
