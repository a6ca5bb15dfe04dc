"""An invoice to draw in tests, and what a PDF of it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

import billing
from billing.adapters.pdf import render_invoice
from billing.i18n import Translator
from billing.values.cycles import Interval
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, LineKind, Seller
from billing.values.tax_groups import TaxGroup

LOCALES = Path(billing.__file__).parent / "locales"
ENGLISH, ITALIAN = Translator(LOCALES, "en"), Translator(LOCALES, "it")

MONTHLY = DocumentLine(
    "Live Chat Plus", "Growth", Interval.MONTH, date(2026, 6, 1), date(2026, 6, 30), 3, 2900, 8700, 2200
)
YEARLY = DocumentLine(
    "Remove Branding", "Business", Interval.YEAR, date(2026, 6, 1), date(2027, 5, 31), 1, 120000, 120000, 1000
)
# On the 16th of a June of 30 days from one Standard at 10.00 to three Business at 20.00.
CREDIT = DocumentLine(
    "Video and Voice",
    "Standard",
    Interval.MONTH,
    date(2026, 6, 16),
    date(2026, 6, 30),
    quantity=1,
    unit_minor=1000,
    net_minor=-500,
    tax_rate=2200,
    kind=LineKind.CREDIT,
    days=15,
    of_days=30,
    whole_minor=1000,
)
REST = replace(
    CREDIT,
    plan="Business",
    quantity=3,
    unit_minor=2000,
    net_minor=3000,
    kind=LineKind.REST,
    whole_minor=6000,
)
INVOICE = InvoiceDocument(
    number="2026-000123",
    issued_on=date(2026, 6, 1),
    currency="EUR",
    property_name="Piazza",
    seller=Seller(
        name="Esempio S.r.l.",
        address=("Via Manzoni 12", "20121 Milano (MI)"),
        country="IT",
        vat_number="IT00743110157",
        time_zone="Europe/Rome",
        email="fatture@esempio.example",
    ),
    buyer=Buyer("Łódź & Figli S.n.c.", ("Corso Vittorio Emanuele II 45", "50122 Firenze (FI)"), "IT"),
    lines=(MONTHLY, YEARLY),
    taxes=(TaxGroup(2200, 8700, 1914), TaxGroup(1000, 120000, 12000)),
    charged_to="Visa 4242",
)


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, in the order in which it was drawn, its white space made equal."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def text_of(document: InvoiceDocument, words: Translator = ENGLISH) -> str:
    return " ".join(pages_of(render_invoice(document, words)))


def with_lines(*lines: DocumentLine) -> InvoiceDocument:
    net = sum(line.net_minor for line in lines)
    return replace(INVOICE, lines=lines, taxes=(TaxGroup(2200, net, net * 22 // 100),))
