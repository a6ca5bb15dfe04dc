"""Documents as pictures, kept in artefacts/ for whoever wants to look: within their margins, and legible in grey."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageDraw

from billing.adapters.pdf import render_invoice
from billing.adapters.pdf.sheet import MARGIN
from billing.i18n import Translator
from billing.values.documents import Buyer, Correction, InvoiceDocument
from billing.values.tax_groups import TaxGroup
from tests.billing.sample_invoice import (
    CREDIT,
    ENGLISH,
    INVOICE,
    ITALIAN,
    MONTHLY,
    REST,
    YEARLY,
    with_lines,
)

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "invoices"
SCALE = 1.4
# As pale as the settings allow.
PALE = "#03a84e"
LONG = "Società Cooperativa Agricola Interprovinciale dei Produttori di Olio Extravergine del Garda S.c.p.A."
CHANGED = replace(with_lines(CREDIT, REST), paid_on=date(2026, 6, 16))


def untaxed(note: str, buyer: Buyer) -> InvoiceDocument:
    document = with_lines(replace(MONTHLY, tax_rate=0))
    return replace(document, taxes=(TaxGroup(0, 8700, 0, note),), buyer=buyer)  # type: ignore[arg-type] # a literal


def of_rates(*rates: int) -> InvoiceDocument:
    lines = tuple(replace(MONTHLY, tax_rate=rate) for rate in rates)
    return replace(
        INVOICE, lines=lines, taxes=tuple(TaxGroup(rate, 8700, 87 * rate // 100) for rate in rates)
    )


DOCUMENTS = {
    "to be charged": INVOICE,
    "a change, paid by card and credit": replace(CHANGED, credit_minor=1000),
    "credit note": replace(
        with_lines(replace(MONTHLY, quantity=1, net_minor=2900)),
        number="CN-2026-000007",
        charged_to="",
        corrects=Correction("2026-000123", date(2026, 5, 1), "Two seats too many.", 1000, 1500),
    ),
    "reverse charge": untaxed(
        "reverse_charge", Buyer("Muster GmbH", ("Hauptstraße 5", "10115 Berlin"), "DE", "DE136695976")
    ),
    "not subject": untaxed(
        "not_subject", Buyer("Example Ltd", ("1 High Street", "London"), "GB", "GB980780684")
    ),
    "five rates": of_rates(2200, 1000, 500, 400, 2100),
    "long names": replace(
        with_lines(replace(MONTHLY, add_on=LONG)),
        property_name=LONG,
        seller=replace(INVOICE.seller, name=LONG),
        buyer=Buyer(
            LONG, (LONG,), "IT", "IT00743110157", "00743110157", "ABC1234", "pec@pec.example", "PO 7"
        ),
    ),
    "many lines": with_lines(*[MONTHLY, REST, YEARLY, CREDIT] * 12),
    "scripts": replace(
        INVOICE, property_name="Piazza 🎉", buyer=Buyer("חברת הדוגמה", ("شركة المثال", "東京"), "IL")
    ),
    "logo and colour": replace(INVOICE, seller=replace(INVOICE.seller, accent=PALE)),
}


def logo() -> bytes:
    drawn = Image.new("RGBA", (480, 160))
    ImageDraw.Draw(drawn).ellipse((10, 10, 150, 150), fill=PALE)
    target = BytesIO()
    drawn.save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("words", [ENGLISH, ITALIAN], ids=["en", "it"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_kind_of_document_keeps_its_margins_and_loses_nothing_in_grey(
    name: str, words: Translator
) -> None:
    pdf = render_invoice(DOCUMENTS[name], words, logo() if "logo" in name else None)
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(pypdfium2.PdfDocument(pdf), start=1):
        picture = page.render(scale=SCALE).to_pil().convert("RGB")
        picture.save(ARTEFACTS / f"{name.replace(' ', '-')}-{words.language}-{number}.png")
        ink = ImageChops.invert(picture).getbbox()
        assert ink is not None
        edge = MARGIN * SCALE - 1.5
        assert ink[0] >= edge
        assert ink[1] >= edge
        assert ink[2] <= picture.width - edge
        assert ink[3] <= picture.height - edge
        red, green, blue = picture.split()
        printed = ImageChops.darker(ImageChops.darker(red, green), blue).point(
            lambda value: 255 * (value < 100)
        )
        greys = picture.convert("L").histogram(printed)
        assert sum(greys) > 1000
        assert not any(greys[170:])
