"""The PDF beside an e-invoice says what the law wants, in both languages; a document of before says none of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.values.documents import InvoiceDocument, LineKind
from billing.values.frozen import worded
from tests.billing.sample_invoice import ENGLISH, ITALIAN, text_of
from tests.billing.test_fatturapa import AUSTIN, BERLIN, CLIENTE, KINDS, NOTE, OFFICE, document_of, untaxed

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
]


@pytest.mark.parametrize(
    ("document", "today", "before"), REWORDED, ids=["Livigno", "Las Palmas", "Austin", "an office's credit"]
)
def test_what_is_issued_today_says_what_is_true_of_it_and_what_was_issued_before_what_it_said(
    document: InvoiceDocument, today: tuple[str, str], before: tuple[str, str]
) -> None:
    for words, at in ((ENGLISH, 0), (ITALIAN, 1)):
        drawn, drawn_before = (
            text_of(one, words).replace("\N{NO-BREAK SPACE}", " ") for one in (worded(document), document)
        )
        assert (today[at] in drawn, before[at] in drawn) == (True, False)
        assert (today[at] in drawn_before, before[at] in drawn_before) == (False, True)


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
