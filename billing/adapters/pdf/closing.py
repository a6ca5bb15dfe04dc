"""The invoice's end: VAT for each rate, the total, then how it is paid and what the law wants said."""

from __future__ import annotations

from billing.adapters.pdf import names
from billing.adapters.pdf.legal import natura, seller_notes, tax_notes
from billing.adapters.pdf.payment import amount, note, shares
from billing.adapters.pdf.sheet import (
    BODY,
    BOTTOM,
    COLUMN,
    COLUMNS,
    GUTTER,
    INK,
    LABEL,
    MAX_LINES,
    SMALL,
    STRONG,
    Sheet,
    left,
    right,
    span,
)
from billing.adapters.pdf.typeface import SEMIBOLD, Style, cut, width, wrap
from billing.i18n import Translator
from billing.values.appearance import rgb
from billing.values.documents import InvoiceDocument
from billing.values.money import Money

TOTAL = Style(SEMIBOLD, 14, 20, INK)
GAP = 26
ROW = 17.0


def height(document: InvoiceDocument, words: Translator) -> float:
    """What the end of the invoice takes, in points, from the table's last line to the foot."""
    rates = len(document.taxes)
    sums = ROW if rates > 1 else 0
    totals = LABEL.leading + 5 + rates * ROW + sums + 10 + TOTAL.leading + _shares_height(document, words)
    return 18 + totals + GAP + _notes_height(document, words)


def draw_closing(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    _draw_taxes(sheet, document, words)
    sheet.y -= 4
    sheet.rule(left(3), span(3), 1.6, rgb(document.seller.accent))
    sheet.y -= 6
    label = names.total_label(document, words)
    sheet.line(left(3), label, TOTAL)
    room = min(span(2), span(3) - width(label, TOTAL) - GUTTER)
    sheet.line_to(right(5), amount(document.total, words), TOTAL, room)
    _draw_shares(sheet, document, words)
    sheet.y = BOTTOM + _notes_height(document, words)
    _draw_notes(sheet, document, words)


def _draw_taxes(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    sheet.y -= 18
    sheet.line_to(right(4), words("Taxable amount"), LABEL, COLUMN)
    sheet.line_to(right(5), words("VAT amount"), LABEL, COLUMN)
    sheet.y -= LABEL.leading + 5
    for group in document.taxes:
        net = Money(group.net_minor, document.currency)
        tax = Money(group.tax_minor + group.withheld_minor, document.currency)
        rate = f"{words.rate(group.rate)} {natura(document, group.rate, group.note)}".strip()
        _draw_sums(sheet, words("VAT {rate}", rate=rate), net, tax, words, BODY)
    if len(document.taxes) > 1:
        _draw_sums(sheet, words("Subtotals"), document.net, document.tax + document.withheld, words, STRONG)


def _draw_sums(sheet: Sheet, label: str, net: Money, tax: Money, words: Translator, style: Style) -> None:
    sheet.rule(left(3), span(3))
    below = (ROW - style.leading) / 2
    sheet.line(left(3), cut(label, style, COLUMN), style, below)
    sheet.line_to(right(4), amount(net, words), style, COLUMN, below)
    sheet.line_to(right(5), amount(tax, words), style, COLUMN, below)
    sheet.y -= ROW


def _draw_shares(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    """Who pays which part of the total, under it."""
    below = (ROW - BODY.leading) / 2
    for index, (label, share) in enumerate(shares(document, words)):
        if not index:
            sheet.y -= TOTAL.leading + 4
        sheet.rule(left(3), span(3))
        sheet.line(left(3), cut(label, BODY, span(2)), BODY, below)
        sheet.line_to(right(5), share, BODY, COLUMN, below)
        sheet.y -= ROW


def _shares_height(document: InvoiceDocument, words: Translator) -> float:
    rows = len(shares(document, words))
    return rows * ROW + 4 if rows else 0


def _notes(document: InvoiceDocument, words: Translator) -> list[tuple[str, str]]:
    """What stands over the foot: each note's title and its sentences."""
    payment = note(document, words)
    notes = [(words("Payment"), payment)] if payment else []
    correction = names.correction(document, words)
    if document.corrects:
        notes.insert(0, (words("Correction"), f"{correction}. {document.corrects.reason}".strip()))
    notes += [*tax_notes(document, words), *seller_notes(document, words)]
    legal = words(
        "All amounts are in {currency}. Unit prices are net of VAT; VAT is calculated on the taxable amount "
        "of each rate.",
        currency=document.currency,
    )
    return [*notes, (words("Notes"), f"{legal} {names.questions(document, words)}".strip())]


def _notes_height(document: InvoiceDocument, words: Translator) -> float:
    notes = _notes(document, words)
    return sum(len(wrap(text, SMALL, span(4), MAX_LINES)) * SMALL.leading + 6 for _, text in notes) + 10


def _draw_notes(sheet: Sheet, document: InvoiceDocument, words: Translator) -> None:
    sheet.rule(left(0), span(COLUMNS))
    sheet.y -= 10
    for title, text in _notes(document, words):
        sheet.line(left(0), title, SMALL)
        sheet.y -= sheet.paragraph(left(2), text, SMALL, span(4)) + 6
