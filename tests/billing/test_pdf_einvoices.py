"""The PDF beside an e-invoice says what the law wants, in both languages; a document of before says none of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.values.documents import Buyer, InvoiceDocument, LineKind, Seller
from billing.values.frozen import worded
from billing.values.tax_groups import TaxNote
from tests.billing.sample_invoice import ENGLISH, ITALIAN, text_of
from tests.billing.test_fatturapa import (
    AUSTIN,
    BERLIN,
    CLIENTE,
    CREDIT,
    KINDS,
    NOTE,
    OFFICE,
    REST,
    VENDITORE,
    document_of,
    untaxed,
)

COPY = (
    "Courtesy copy: the original is the e-invoice sent to Italy's exchange system (SdI).",
    "Copia di cortesia: l’originale è la fattura elettronica trasmessa al SdI.",
)
COMPANY = (
    "Register of companies (REA) MI-1234567, share capital €10,000.00, fully paid up.",
    "REA MI-1234567, capitale sociale 10.000,00 € interamente versato.",
)
STAMP = ("Stamp duty of €2.00 paid electronically", "Imposta di bollo di 2,00 € assolta in modo virtuale.")
# Which kind of document, and what it says in English and Italian beside that it is a copy, and whose.
SAID = [
    ("a company", ("VAT 22% €87.00 €19.14", "IVA 22% 87,00 € 19,14 €")),
    ("reverse charge", ("VAT 0% N2.1 €87.00 €0.00", "IVA 0% N2.1 87,00 € 0,00 €")),
    ("reverse charge", ("Article 7-ter D.P.R. 633/1972", "Art. 7-ter D.P.R. 633/1972")),
    ("reverse charge", STAMP),
    ("outside the Union", STAMP),
    ("exempt", ("article 10 D.P.R. 633/1972", "articolo 10 D.P.R. 633/1972")),
    ("exempt", ("€29.00 N4 €87.00", "29,00 € N4 87,00 €")),
    ("OSS", ("VAT 20% €87.00 €17.40", "IVA 20% 87,00 € 17,40 €")),
    ("a public office", ("the buyer pays the VAT of €19.14", "l’IVA di 19,14 € è versata dal committente")),
    ("a public office", ("Total €87.00", "Totale 87,00 €")),
    ("a credit note", ("Corrects invoice 2026-000001", "A rettifica della fattura 2026-000001")),
]


@pytest.mark.parametrize(("kind", "said"), SAID)
def test_it_says_what_the_law_wants(kind: str, said: tuple[str, str]) -> None:
    for words, at in ((ENGLISH, 0), (ITALIAN, 1)):
        text = text_of(KINDS[kind], words).replace("\N{NO-BREAK SPACE}", " ")
        for sentence in (COPY[at], COMPANY[at], said[at]):
            assert sentence in text


LIVIGNO = replace(CLIENTE, postal_code="23041", city="Livigno", region="SO")
LAS_PALMAS = replace(BERLIN, country="ES", vat_number="ESB83792994", postal_code="35001", city="Las Palmas")
OFFICES_CREDIT = document_of(
    OFFICE, replace(untaxed("split_payment", 2200), kind=LineKind.CREDIT), corrects=NOTE
)
GERMAN = replace(
    VENDITORE,
    country="DE",
    vat_number="DE136695976",
    e_invoices="",
    rea="",
    share_capital="",
    codice_fiscale="",
)
SWISS = replace(GERMAN, country="CH", vat_number="CHE-123.456.788 MWST")
JOHN = replace(AUSTIN, name="John", vat_number="")
OFFICE_IN_PART = document_of(
    OFFICE, replace(CREDIT, tax_rate=2200, tax_note="split_payment"), replace(REST, tax_rate=1000)
)
ITALIAN_LAW = ("D.P.R. 633/1972", "D.P.R. 633/1972")


def sold_by(seller: Seller, buyer: Buyer, note: TaxNote, rate: int = 0) -> InvoiceDocument:
    return replace(document_of(buyer, untaxed(note, rate)), seller=seller)


# What is true of all that is sold there, and what was said before, of documents that are drawn as they were.
REWORDED = [
    *(
        (
            document_of(buyer, untaxed("not_subject")),
            (
                "7-ter D.P.R. 633/1972, buyer established outside the VAT territory of the European Union.",
                "7-ter D.P.R. 633/1972, committente stabilito fuori dal territorio IVA dell’Unione europea.",
            ),
            (
                "7-ter D.P.R. 633/1972, buyer established outside the European Union.",
                "7-ter D.P.R. 633/1972, committente stabilito fuori dall'Unione europea.",
            ),
        )
        for buyer in (LIVIGNO, LAS_PALMAS, AUSTIN)
    ),
    (
        OFFICES_CREDIT,
        (
            "the VAT that the buyer pays to the tax office is €19.14 less. The seller credits the total alone",
            "l’IVA che il committente versa all’Erario è ridotta di 19,14 €. Il fornitore accredita il solo totale",
        ),
        (
            "the buyer pays the VAT of €19.14 to the tax office, article 17-ter D.P.R. 633/1972. The total is",
            "l’IVA di 19,14 € è versata dal committente all’Erario, articolo 17-ter D.P.R. 633/1972. Il totale",
        ),
    ),
    (
        OFFICE_IN_PART,
        (
            "the VAT that the buyer pays to the tax office is €3.19 less. The total is what is due",
            "l’IVA che il committente versa all’Erario è ridotta di 3,19 €. Il totale è quanto dovuto",
        ),
        (
            "the buyer pays the VAT of \N{MINUS SIGN}€3.19 to the tax office",
            "l’IVA di \N{MINUS SIGN}3,19 € è versata dal committente all’Erario",
        ),
    ),
    (
        document_of(JOHN, untaxed("not_subject")),
        (
            "article 7-octies D.P.R. 633/1972, buyer who is no taxable person, outside the VAT territory of",
            "art. 7-octies D.P.R. 633/1972, committente non soggetto passivo, fuori dal territorio IVA",
        ),
        ("7-ter D.P.R. 633/1972, buyer established", "7-ter D.P.R. 633/1972, committente stabilito"),
    ),
    (
        sold_by(GERMAN, CLIENTE, "reverse_charge"),
        (
            "Reverse charge: the buyer accounts for VAT. Articles 44 and 196 of Directive 2006/112/EC.",
            "IVA a carico del committente. Artt. 44 e 196 direttiva 2006/112/CE.",
        ),
        ITALIAN_LAW,
    ),
    (
        sold_by(GERMAN, AUSTIN, "not_subject"),
        (
            "Not subject to VAT: article 44 of Directive 2006/112/EC, buyer established outside the VAT territory",
            "non soggetta a IVA: art. 44 direttiva 2006/112/CE, committente stabilito fuori dal territorio IVA",
        ),
        ITALIAN_LAW,
    ),
    (
        sold_by(GERMAN, JOHN, "not_subject"),
        (
            "Not subject to VAT: article 58 of Directive 2006/112/EC, buyer who is no taxable person",
            "non soggetta a IVA: art. 58 direttiva 2006/112/CE, committente non soggetto passivo",
        ),
        ITALIAN_LAW,
    ),
    (
        sold_by(SWISS, AUSTIN, "not_subject"),
        ("Not subject to VAT in the seller's country.", "non soggetta a IVA nel paese del fornitore."),
        ITALIAN_LAW,
    ),
    (
        sold_by(GERMAN, BERLIN, "exempt"),
        ("Exempt from VAT.", "Operazione esente da IVA."),
        ITALIAN_LAW,
    ),
    (
        sold_by(GERMAN, BERLIN, "split_payment", 1900),
        (
            "Split payment: the buyer pays the VAT of €16.53 to the tax office.",
            "Scissione dei pagamenti: l’IVA di 16,53 € è versata dal committente all’Erario.",
        ),
        ITALIAN_LAW,
    ),
    (
        replace(sold_by(GERMAN, BERLIN, "split_payment", 1900), corrects=NOTE),
        (
            "the VAT that the buyer pays to the tax office is €16.53 less.",
            "l’IVA che il committente versa all’Erario è ridotta di 16,53 €.",
        ),
        ITALIAN_LAW,
    ),
]


@pytest.mark.parametrize(("document", "today", "before"), REWORDED)
def test_what_is_issued_today_says_what_is_true_of_it_and_what_was_issued_before_what_it_said(
    document: InvoiceDocument, today: tuple[str, str], before: tuple[str, str]
) -> None:
    for words, at in ((ENGLISH, 0), (ITALIAN, 1)):
        drawn, drawn_before = (
            text_of(one, words).replace("\N{NO-BREAK SPACE}", " ") for one in (worded(document), document)
        )
        assert (today[at] in drawn, before[at] in drawn) == (True, False)
        assert (today[at] in drawn_before, before[at] in drawn_before) == (False, True)


def test_what_was_issued_since_the_territory_is_said_is_drawn_as_it_was() -> None:
    """Documents of two versions ago have the first wording, those of the one before the second."""
    for document in (document_of(JOHN, untaxed("not_subject")), sold_by(GERMAN, JOHN, "not_subject")):
        drawn = text_of(replace(document, wording=1)).replace("\N{NO-BREAK SPACE}", " ")
        assert "7-ter D.P.R. 633/1972, buyer established outside the VAT territory of the European" in drawn


def test_an_invoice_to_a_public_office_says_who_pays_what_as_before() -> None:
    office = KINDS["a public office"]
    assert text_of(worded(office)) == text_of(office)
    assert "The total is what is due to the seller." in text_of(office)


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_that_is_sent_to_nobody_says_nothing_of_it(kind: str) -> None:
    """It is drawn as those of before: their first hash must hold."""
    seller = replace(KINDS[kind].seller, e_invoices="", rea="", share_capital="")
    text = text_of(replace(KINDS[kind], seller=seller))
    assert not [word for word in ("Courtesy", "Stamp", "N2.1", "N4", "REA", "capital") if word in text]
    assert ("Stamp" in text_of(KINDS[kind])) == (kind in ("reverse charge", "outside the Union", "exempt"))
