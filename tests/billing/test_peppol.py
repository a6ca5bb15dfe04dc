"""UBL for Peppol: two programs of others find it valid, its total is the document's, and what cannot go is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from facturx.facturx import UBL_21_LEVEL2schematron
from lxml import etree
from mockeinvoice import validate
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters.einvoices.en16931 import write_ubl
from billing.services import purchases
from billing.values.companies import Company
from billing.values.errors import Unfit
from tests.billing.desk import Desk
from tests.billing.schematron import Rules, published
from tests.billing.test_einvoices import sending
from tests.billing.test_factur_x import PARTS
from tests.billing.test_fatturapa import BERLIN, CLIENTE, KINDS, LINE, document_of, in_dollars

PARIS = replace(BERLIN, name="Société Exemple", country="FR", vat_number="FR40303265045")
SAID = {
    kind: KINDS[kind]
    for kind in (
        "a company",
        "reverse charge",
        "exempt",
        "a change with credit",
        "two rates",
        "a credit note",
    )
} | {
    **PARTS,
    "without an order": document_of(replace(CLIENTE, purchase_order=""), LINE),
    "in dollars, with VAT in euros": in_dollars(KINDS["a company"]),
    "a credit note in dollars": in_dollars(KINDS["a credit note"]),
}


@pytest.fixture(scope="module")
def rules() -> Iterator[Rules]:
    """The standard's rules for UBL."""
    with published(UBL_21_LEVEL2schematron["en16931"]) as found:
        yield found


def payable(content: bytes) -> Decimal:
    (found,) = etree.fromstring(content).iterfind(".//{*}LegalMonetaryTotal/{*}TaxInclusiveAmount")
    return Decimal(str(found.text))


@pytest.mark.parametrize("kind", SAID)
def test_two_programs_of_others_find_it_valid_and_its_total_is_the_documents(kind: str, rules: Rules) -> None:
    content = write_ubl(SAID[kind])
    assert content == write_ubl(SAID[kind])
    assert facturx.xml_check_xsd(content, flavor="autodetect")
    assert rules.broken_by(content) == []
    _, report = validate(content)
    assert [(found.code, found.text) for found in report.failures] == []
    assert report.verdict == "valid"
    assert payable(content) == SAID[kind].total.decimal


def test_vat_in_euros_is_a_total_of_its_own() -> None:
    root = etree.fromstring(write_ubl(SAID["in dollars, with VAT in euros"]))
    assert root.findtext("{*}TaxCurrencyCode") == "EUR"
    amounts = [(one.get("currencyID"), one.text) for one in root.iterfind("{*}TaxTotal/{*}TaxAmount")]
    assert sorted(amounts) == [("EUR", "17.64"), ("USD", "19.14")]


def test_its_elements_have_the_usual_prefixes_declared_once_and_no_others() -> None:
    content = write_ubl(SAID["a company"])
    assert set(etree.fromstring(content).nsmap) == {None, "cac", "cbc"}
    assert content.count(b"xmlns") == 3
    assert b"<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:" in content


def test_both_find_a_rule_that_is_broken(rules: Rules) -> None:
    wrong = write_ubl(KINDS["a company"]).replace(b"106.14", b"106.15")
    assert any("BR-CO-15" in sentence for sentence in rules.broken_by(wrong))
    assert "BR-CO-15" in {found.code for found in validate(wrong)[1].failures}


def test_a_buyer_is_found_by_its_vat_number() -> None:
    content = write_ubl(document_of(PARIS, replace(LINE, tax_rate=0, tax_note="reverse_charge")))
    ids = [(one.get("schemeID"), one.text) for one in etree.fromstring(content).iterfind(".//{*}EndpointID")]
    assert ids == [("0211", "IT00743110157"), ("9957", "FR40303265045")]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("a person", "cannot go through Peppol: Mario Rossi has no VAT number that it could be found by"),
        ("a public office", "cannot be said in the terms of EN 16931: its VAT or currency is not of them"),
    ],
)
def test_what_cannot_go_there_is_said(kind: str, why: str) -> None:
    with pytest.raises(Unfit, match=f"^2026-000123 {why}$"):
        write_ubl(KINDS[kind])


def test_an_italian_seller_needs_its_address_in_parts() -> None:
    document = KINDS["a company"]
    seller = replace(document.seller, city="", street="")
    with pytest.raises(Unfit, match="SELLER_CITY and SELLER_POSTAL_CODE were not set"):
        write_ubl(replace(document, seller=seller))


def test_the_command_writes_the_file_or_says_why_not_in_both_languages(at_desk: Desk, tmp_path: Path) -> None:
    owner = at_desk.owner()
    home = at_desk.property_of(owner)
    at_desk.subscribed(owner, home)
    order = replace(at_desk.order(owner, home), company=Company("Esempio S.r.l.", "IT01114601006"))
    purchases.purchase(sending(at_desk).billing, owner, order, key="for a company")
    first, company = at_desk.invoices()
    for language, said in (
        ("en", "There is no file for Peppol: {number} cannot go through Peppol: SELLER_CITY and"),
        ("it", "Non c’è un file per Peppol: {number} non può passare per Peppol: quando è stata emessa"),
    ):  # fmt: skip
        told = ubl("--language", language, first.number, tmp_path)
        assert told.exit_code == 1
        assert said.format(number=first.number) in told.output
    assert list(tmp_path.iterdir()) == []
    for language, said in (("en", "holds"), ("it", "contiene")):
        written = ubl("--language", language, company.number, tmp_path)
        assert f"{tmp_path / company.number}.xml {said} {company.number}" in written.output
    content = (tmp_path / f"{company.number}.xml").read_bytes()
    assert validate(content)[1].verdict == "valid"
    assert payable(content) == company.total.decimal


def ubl(*words: object) -> Result:
    return CliRunner().invoke(program, ["invoices", "ubl", *map(str, words)])
