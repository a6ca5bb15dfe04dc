"""What the invoice is for: its lines as a table that runs over as many sheets as it needs."""

from __future__ import annotations

from dataclasses import dataclass

from billing.adapters.pdf import names
from billing.adapters.pdf.legal import natura
from billing.adapters.pdf.payment import amount
from billing.adapters.pdf.sheet import (
    BODY,
    COLUMNS,
    INK,
    LABEL,
    MAX_LINES,
    SMALL,
    STRONG,
    TOP,
    Sheet,
    left,
    right,
    span,
)
from billing.adapters.pdf.typeface import cut, wrap
from billing.i18n import Translator
from billing.values.cycles import Interval
from billing.values.documents import DocumentLine, InvoiceDocument, LineKind
from billing.values.money import Money
from billing.values.proration import DaysLeft, share

ABOVE = 30
PADDING = 6.5
HEADING = LABEL.leading + 5
CARRIED = STRONG.leading + 2 * PADDING

QUANTITY_EDGE = left(3) + 30
UNIT_EDGE = right(4) - 42
RATE_EDGE = right(4)
NET_EDGE = right(5)
QUANTITY_ROOM = 34.0
UNIT_ROOM = UNIT_EDGE - QUANTITY_EDGE - 8
RATE_ROOM = 36.0
NET_ROOM = NET_EDGE - RATE_EDGE - 8
DESCRIPTION_ROOM = span(3) - 12


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the invoice, already broken into lines of type."""

    line: DocumentLine
    rate: str
    title: tuple[str, ...]
    detail: tuple[str, ...]

    @property
    def height(self) -> float:
        return len(self.title) * STRONG.leading + len(self.detail) * SMALL.leading + 2 * PADDING


def draw_table(first: Sheet, document: InvoiceDocument, words: Translator, closing: float) -> list[Sheet]:
    """The sheets that the lines need, the first of them begun. `closing` points stay free on the last one."""
    rows = [_row(line, document, words) for line in document.lines]
    # The last line stays with the totals, so that no sheet holds an amount without what it is for.
    needs = [row.height + CARRIED for row in rows[:-1]] + [row.height + closing for row in rows[-1:]]
    sheets = [first]
    if first.room >= ABOVE + HEADING + needs[0]:
        first.y -= ABOVE
        _draw_heading(first, words)
    else:
        sheets.append(_continued(document, words))
    carried = Money(0, document.currency)
    for row, needed in zip(rows, needs, strict=True):
        if sheets[-1].room < needed:
            _draw_carried(sheets[-1], words("Carried forward"), carried, words)
            sheets.append(_continued(document, words))
            _draw_carried(sheets[-1], words("Brought forward"), carried, words)
        _draw_row(sheets[-1], row, document.currency, words)
        carried += Money(row.line.net_minor, document.currency)
    return sheets


def _row(line: DocumentLine, document: InvoiceDocument, words: Translator) -> Row:
    detail = [_period(line, words), *_of_invoice(line, words), *_arithmetic(line, document.currency, words)]
    lines = [part for text in detail for part in wrap(text, SMALL, DESCRIPTION_ROOM, MAX_LINES)]
    rate = natura(document, line.tax_rate, line.tax_note) or words.rate(line.tax_rate)
    return Row(line, rate, tuple(_title(line, words)), tuple(lines))


def _period(line: DocumentLine, words: Translator) -> str:
    """What it is, and for which days; of a credit what it gives back, and of which plan."""
    first_day, last_day = (_unbroken(words.short_date(day)) for day in (line.first_day, line.last_day))
    if line.kind is LineKind.CREDIT:
        return words(
            "Unused time on {plan}, {first_day} – {last_day}",
            plan=line.plan,
            first_day=first_day,
            last_day=last_day,
        )
    if line.kind is LineKind.REVERSAL:
        return words(
            "Credit for {plan} reversed, {first_day} – {last_day}",
            plan=line.plan,
            first_day=first_day,
            last_day=last_day,
        )
    kind = {Interval.MONTH: words("Monthly subscription"), Interval.YEAR: words("Annual subscription")}
    return words(
        "{subscription}, period {first_day} – {last_day}",
        subscription=kind[line.interval],
        first_day=first_day,
        last_day=last_day,
    )


def _of_invoice(line: DocumentLine, words: Translator) -> list[str]:
    """The invoice that a line which gives back reduces; a document of former versions does not say which."""
    if not line.of_invoice:
        return []
    if line.kind is LineKind.REVERSAL:
        return [words("Due again for invoice {number}", number=line.of_invoice)]
    return [words("Reduces invoice {number}", number=line.of_invoice)]


def _arithmetic(line: DocumentLine, currency: str, words: Translator) -> list[str]:
    """How the net amount of part of a span comes about, so that it can be checked by hand."""
    if line.days is None or line.of_days is None or line.whole_minor is None:
        return []
    whole = amount(Money(line.whole_minor, currency), words)
    days = words.plural(
        "{count} of {of_days} days × {whole}",
        "{count} of {of_days} days × {whole}",
        line.days,
        of_days=line.of_days,
        whole=_unbroken(whole),
    )
    if abs(line.net_minor) != share(line.whole_minor, DaysLeft(line.days, line.of_days)):
        return [words("{days}, less earlier credits", days=days)]
    return [days]


def _title(line: DocumentLine, words: Translator) -> list[str]:
    """Add-on and plan on one line where they fit, under each other where they do not."""
    add_on = words("Credit: {add_on}", add_on=line.add_on) if line.kind is LineKind.CREDIT else line.add_on
    one_line = wrap(f"{add_on} · {line.plan}", STRONG, DESCRIPTION_ROOM)
    if len(one_line) == 1:
        return one_line
    return [part for name in (add_on, line.plan) for part in wrap(name, STRONG, DESCRIPTION_ROOM, MAX_LINES)]


def _unbroken(text: str) -> str:
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _continued(document: InvoiceDocument, words: Translator) -> Sheet:
    sheet = Sheet(TOP)
    sheet.line(left(0), cut(names.numbered(document, words), STRONG, span(2)), STRONG)
    sheet.line(left(2), cut(document.seller.name, BODY, span(4)), BODY)
    sheet.y -= STRONG.leading + 18
    _draw_heading(sheet, words)
    return sheet


def _draw_heading(sheet: Sheet, words: Translator) -> None:
    sheet.line(left(0), words("Description"), LABEL)
    sheet.line_to(QUANTITY_EDGE, words("Quantity"), LABEL, QUANTITY_ROOM)
    sheet.line_to(UNIT_EDGE, words("Net unit price"), LABEL, UNIT_ROOM)
    sheet.line_to(RATE_EDGE, words("VAT"), LABEL, RATE_ROOM)
    sheet.line_to(NET_EDGE, words("Net amount"), LABEL, NET_ROOM)
    sheet.y -= HEADING
    sheet.rule(left(0), span(COLUMNS), 0.8, INK)


def _draw_row(sheet: Sheet, row: Row, currency: str, words: Translator) -> None:
    unit, net = Money(row.line.unit_minor, currency), Money(row.line.net_minor, currency)
    for index, text in enumerate(row.title):
        sheet.line(left(0), text, STRONG, below=PADDING + index * STRONG.leading)
    for index, text in enumerate(row.detail):
        below = PADDING + len(row.title) * STRONG.leading + index * SMALL.leading
        sheet.line(left(0), text, SMALL, below)
    sheet.line_to(QUANTITY_EDGE, str(row.line.quantity), BODY, QUANTITY_ROOM, PADDING)
    sheet.line_to(UNIT_EDGE, amount(unit, words), BODY, UNIT_ROOM, PADDING)
    sheet.line_to(RATE_EDGE, row.rate, BODY, RATE_ROOM, PADDING)
    sheet.line_to(NET_EDGE, amount(net, words), BODY, NET_ROOM, PADDING)
    sheet.y -= row.height
    sheet.rule(left(0), span(COLUMNS))


def _draw_carried(sheet: Sheet, label: str, carried: Money, words: Translator) -> None:
    sheet.line(left(0), label, BODY, PADDING)
    sheet.line_to(NET_EDGE, amount(carried, words), BODY, NET_ROOM, PADDING)
    sheet.y -= CARRIED
    sheet.rule(left(0), span(COLUMNS))
