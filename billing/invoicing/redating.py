"""Drafts that waited: the VAT of another day than they were written on, and a cycle that begins later."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from billing.invoicing.drafts import Draft, Drafter, Span
from billing.invoicing.parties import Party
from billing.values import tax
from billing.values.cycles import Period
from billing.values.documents import DocumentLine, InvoiceDocument, LineKind
from billing.values.proration import DaysLeft, share
from billing.values.tax import Treatment
from billing.values.tax_groups import TaxGroup


def redated(draft: Draft, drafter: Drafter) -> Draft:
    """The draft as a document of the drafter's day: what it sells has the VAT of that day, credits that of theirs.

    Its net stays. Where it was paid before, the total that was agreed and charged stays, and is split anew. Raises
    TaxCaseUnknown.
    """
    document = replace(draft.document, issued_on=drafter.on)
    treatment = drafter.treatment_of(document.buyer)
    lines = tuple(
        line
        if line.kind is LineKind.CREDIT
        else replace(line, tax_rate=treatment.rate, tax_note=treatment.note)
        for line in document.lines
    )
    if lines != document.lines:
        document = _taxed(document, lines)
    return replace(draft, document=document)


def begun(draft: Draft, party: Party, period: Period) -> Draft:
    """The draft of one whole cycle as one that begins with that period."""
    (line,) = draft.document.lines
    first_day, last_day = party.days_of(period)
    document = replace(draft.document, lines=(replace(line, first_day=first_day, last_day=last_day),))
    return replace(draft, document=document, spans=(Span(period.start_at, period.end_at),))


def _taxed(document: InvoiceDocument, lines: tuple[DocumentLine, ...]) -> InvoiceDocument:
    if document.paid_on is None:
        return _shared(replace(document, lines=lines, taxes=_groups(lines)))
    agreed = document.total.minor
    lines = _within(lines, agreed)
    taxed = replace(document, lines=lines, taxes=_groups(lines))
    # The few cents that no price of a unit comes to stay the property's: less of its credit is used.
    less = agreed - taxed.total.minor
    return replace(taxed, credit_minor=max(document.credit_minor - less, 0))


def _shared(document: InvoiceDocument) -> InvoiceDocument:
    """No more than the total is carried or paid from credit: what is carried is less first, then the credit."""
    over = max(document.credit_minor + document.carried_minor - document.total.minor, 0)
    less = min(over, max(document.carried_minor, 0))
    return replace(
        document,
        carried_minor=document.carried_minor - less,
        credit_minor=document.credit_minor - (over - less),
    )


def _within(lines: tuple[DocumentLine, ...], agreed: int) -> tuple[DocumentLine, ...]:
    """The lines with the highest price of a unit of what is sold last that comes to no more than was agreed."""
    place = max(place for place, line in enumerate(lines) if line.kind is not LineKind.CREDIT)

    def at(unit: int) -> tuple[DocumentLine, ...]:
        return (*lines[:place], _of_unit(lines[place], unit), *lines[place + 1 :])

    def total(unit: int) -> int:
        return sum(group.net_minor + group.tax_minor for group in _groups(at(unit)))

    units = range(2 * lines[place].unit_minor + 2)
    return at(max(bisect_right(units, agreed, key=total) - 1, 0))


def _of_unit(line: DocumentLine, unit: int) -> DocumentLine:
    """The line at another price of a unit, with the same arithmetic."""
    whole = unit * line.quantity
    if line.days is None or line.of_days is None:
        return replace(line, unit_minor=unit, net_minor=whole)
    net = share(whole, DaysLeft(line.days, line.of_days))
    return replace(line, unit_minor=unit, net_minor=net, whole_minor=whole)


def _groups(lines: Sequence[DocumentLine]) -> tuple[TaxGroup, ...]:
    return tax.groups((Treatment(line.tax_rate, line.tax_note), line.net_minor) for line in lines)
