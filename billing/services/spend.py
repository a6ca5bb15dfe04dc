"""Spend: what a property was invoiced, month by month and add-on by add-on, and what is to come."""

from __future__ import annotations

from collections import Counter
from datetime import date

from billing.queries import spend as queries
from billing.services.agenda import INVOICED, entries_of_property
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.money import Money
from billing.values.snapshots import AgendaEntry, Spend, SpendRow
from billing.values.spans import Months, Span
from billing.work import Billing, Work

# The month that runs and the eleven before it.
MONTHS = 12


def of_property(billing: Billing, actor: Actor, property_id: str | None = None) -> Spend:
    """Of that property, or the one that the actor has chosen: the last twelve months, and the agenda.

    A credit note counts in the month in which it was issued; what is to come is what will be invoiced, whether the
    card or the credit balance pays it. All with VAT. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("spend.read") as work:
        chosen, role = work.property_as_reader(actor, property_id)
        today = local_date(work.now, chosen.time_zone)
        past = _past(work, {**chosen.key, "first_day": _first_day(today)})
        coming: Counter[tuple[Span, str]] = Counter()
        for entry in entries_of_property(work, chosen.key):
            if (amount := to_be_invoiced(entry)) is not None:
                month = Span.of(local_date(entry.at, chosen.time_zone), Months.MONTH)
                coming[month, entry.add_on] += amount.minor
        rows = [
            SpendRow(month, add_on, Money(minor, chosen.currency), is_to_come)
            for amounts, is_to_come in ((past, False), (coming, True))
            for (month, add_on), minor in amounts.items()
        ]
        ordered = sorted(rows, key=lambda row: (row.month.first_day, row.is_to_come, row.add_on))
        return Spend(chosen.snapshot(role), chosen.currency, tuple(ordered), Span.of(today, Months.MONTH))


def _past(work: Work, asked: dict[str, object]) -> Counter[tuple[Span, str]]:
    found: Counter[tuple[Span, str]] = Counter()
    for statement, sign in ((queries.invoiced(), 1), (queries.credited(), -1)):
        for year, month, add_on, minor in work.session.execute(statement, asked):
            found[Span(int(year), Months.MONTH, int(month)), add_on] += sign * int(minor)
    return found


def _first_day(today: date) -> date:
    months = today.year * 12 + today.month - 1 - (MONTHS - 1)
    return date(months // 12, months % 12 + 1, 1)


def to_be_invoiced(entry: AgendaEntry) -> Money | None:
    """The invoice of that moment: what the card pays and what the credit balance does; None where there is none."""
    if entry.kind not in INVOICED or entry.amount is None:
        return None
    return entry.amount + entry.credit if entry.credit else entry.amount
