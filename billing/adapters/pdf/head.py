"""The invoice's opening: what it is and for how much, its number and date, and who sends it to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from billing.adapters.pdf import names
from billing.adapters.pdf.logo import place
from billing.adapters.pdf.payment import amount, headline
from billing.adapters.pdf.sheet import (
    BODY,
    COLUMN,
    COLUMNS,
    GUTTER,
    INK,
    LABEL,
    SMALL,
    STRONG,
    Sheet,
    left,
    right,
    span,
)
from billing.adapters.pdf.typeface import REGULAR, SEMIBOLD, Style, width, wrap
from billing.i18n import Translator
from billing.values.appearance import rgb
from billing.values.documents import Buyer, InvoiceDocument, Seller

BAR = 2.4
WORDMARK = Style(SEMIBOLD, 13, 17, INK)
TITLE = Style(REGULAR, 30, 36, INK)
TOTAL = Style(SEMIBOLD, 30, 36, INK)
FACT = Style(SEMIBOLD, 10.5, 15, INK)
# Room for a property's name of 80 characters, as wide as they may be.
FACT_LINES = 6


def draw_head(sheet: Sheet, document: InvoiceDocument, words: Translator, logo: bytes | None) -> None:
    if logo:
        sheet.y -= place(sheet, logo)
    else:
        _draw_wordmark(sheet, document.seller)
    _draw_title(sheet, document, words)
    _draw_facts(sheet, document, words)
    _draw_parties(sheet, document, words)


def _draw_wordmark(sheet: Sheet, seller: Seller) -> None:
    sheet.y -= BAR / 2
    sheet.rule(left(0), COLUMN, BAR, rgb(seller.accent))
    sheet.y -= 10 - BAR / 2
    sheet.y -= sheet.paragraph(left(0), seller.name, WORDMARK, span(4))


def _draw_title(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    sheet.y -= 40
    title = names.title(document, words)
    sheet.line(left(0), title, TITLE)
    room = min(span(4), span(COLUMNS) - width(title, TITLE) - GUTTER)
    style = replace(TOTAL, colour=rgb(document.seller.accent))
    sheet.line_to(right(5), amount(document.total, words), style, room)
    sheet.y -= TITLE.leading
    sentence = names.correction(document, words) or headline(document, words)
    for line in wrap(sentence, BODY, span(4)) if sentence else ():
        sheet.line_to(right(5), line, BODY, span(4), below=2)
        sheet.y -= BODY.leading


def _draw_facts(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    facts = (
        (names.number_label(document, words), document.number),
        (words("Date of issue"), words.date(document.issued_on)),
        (words("Property"), document.property_name),
    )
    sheet.y -= 26
    sheet.rule(left(0), span(COLUMNS))
    sheet.y -= 10
    heights = []
    for index, (label, value) in enumerate(facts):
        sheet.line(left(2 * index), label, LABEL)
        heights.append(sheet.paragraph(left(2 * index), value, FACT, span(2), LABEL.leading + 2, FACT_LINES))
    sheet.y -= LABEL.leading + 2 + max(heights) + 12


def _draw_parties(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    sheet.rule(left(0), span(COLUMNS))
    sheet.y -= 10
    seller, buyer = document.seller, document.buyer
    vat_number = words("VAT number {number}", number=seller.vat_number)
    of_seller = [*_address(seller, words), (vat_number, BODY), (seller.email, replace(SMALL, leading=13))]
    of_buyer = [*_address(buyer, words), *((text, BODY) for text in _numbers(buyer, words))]
    heights = (
        _draw_party(sheet, 0, words("From"), of_seller, span(2)),
        _draw_party(sheet, 2, words("Billed to"), of_buyer, span(4)),
    )
    sheet.y -= max(heights)


def _numbers(buyer: Buyer, words: Translator) -> list[str]:
    """What identifies the buyer's company, and the buyer's own reference."""
    written = (
        (buyer.vat_number, words("VAT number {number}", number=buyer.vat_number)),
        (buyer.codice_fiscale, words("Codice Fiscale {number}", number=buyer.codice_fiscale)),
        (buyer.sdi_code, words("SDI code {number}", number=buyer.sdi_code)),
        (buyer.pec, words("PEC {address}", address=buyer.pec)),
        (buyer.purchase_order, words("Purchase order {number}", number=buyer.purchase_order)),
    )
    return [text for value, text in written if value]


def _address(party: Seller | Buyer, words: Translator) -> list[tuple[str, Style]]:
    """Name, address and country, each with the style that it is set in."""
    country = words.country(party.country) if party.country else ""
    return [(party.name, STRONG), *((line, BODY) for line in (*party.address, country))]


def _draw_party(
    sheet: Sheet, column: int, label: str, written: Sequence[tuple[str, Style]], room: float
) -> float:
    """The texts under each other, each whole as long as the sheet has a line for those after it; their height."""
    sheet.line(left(column), label, LABEL)
    height = LABEL.leading + 3
    texts = [(text, style) for text, style in written if text]
    for later, (text, style) in zip(range(len(texts) - 1, -1, -1), texts, strict=True):
        lines = int((sheet.room - height) / style.leading) - later
        height += sheet.paragraph(left(column), text, style, room, height, max(lines, 1))
    return height
