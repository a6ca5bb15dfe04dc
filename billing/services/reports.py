"""Reports of a month, over all workspaces or of one: the journal by account, and open invoices by their age."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.models import Workspace
from billing.models.ledger import Account
from billing.queries import reports as queries
from billing.values.cycles import local_date
from billing.values.errors import Unfit
from billing.values.money import Money
from billing.values.refusals import NotFound
from billing.values.spans import Months, Span
from billing.work import Billing, Work

# Days past due: up to so many are in the bucket of that name, more are in the last.
LAST_DAYS, BUCKETS = (30, 60, 90), ("0-30", "31-60", "61-90", "91+")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is of: a month of the seller's time zone up to that day; one workspace or, where None, all."""

    month: str
    time_zone: str
    last_day: date
    workspace_id: str | None

    @property
    def span(self) -> Span:
        return Span.read(self.month)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """What was booked on an account; `net` is the debits less the credits."""

    currency: str
    account: str
    debit: Decimal
    credit: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class JournalTotal:
    """All accounts of a currency together."""

    currency: str
    debit: Decimal
    credit: Decimal

    @property
    def is_equal(self) -> bool:
        return self.debit == self.credit


@dataclass(frozen=True, slots=True)
class Journal:
    """What was booked in the month, by currency and account."""

    scope: Scope
    lines: tuple[AccountLine, ...]
    totals: tuple[JournalTotal, ...]


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice of which something was owed at the month's end. It is due on its day of issue."""

    currency: str
    number: str
    issued_on: date
    days: int
    bucket: str
    workspace_id: str
    property_name: str
    owed: Decimal


@dataclass(frozen=True, slots=True)
class AgeingTotal:
    """The open invoices of a currency by age, all of them, and what the ledger has as receivable."""

    currency: str
    buckets: Mapping[str, Decimal]
    total: Decimal
    ledger: Decimal

    @property
    def is_equal(self) -> bool:
        return self.total == self.ledger


@dataclass(frozen=True, slots=True)
class Ageing:
    """The invoices that were open at the month's end, as the ledger had them then."""

    scope: Scope
    invoices: tuple[OpenInvoice, ...]
    totals: tuple[AgeingTotal, ...]


def journal(billing: Billing, month: str, workspace_id: str | None = None) -> Journal:
    """Raises Unfit for what is no month or has not begun, and NotFound."""
    with billing.read("report.journal") as work:
        scope, of_it = scope_of(work, month, workspace_id)
        found = work.session.execute(queries.journal(of_one=workspace_id is not None), of_it).all()
    order = list(Account)
    rows = sorted(found, key=lambda row: (row.currency, order.index(row.account)))
    lines = tuple(
        _line(row.currency, str(row.account), Money(int(row.debit), row.currency), int(row.credit))
        for row in rows
    )
    return Journal(
        scope,
        lines,
        tuple(_journal_total(lines, each) for each in dict.fromkeys(row.currency for row in rows)),
    )


def ageing(billing: Billing, month: str, workspace_id: str | None = None) -> Ageing:
    """Raises Unfit for what is no month or has not begun, and NotFound."""
    with billing.read("report.ageing") as work:
        scope, of_it = scope_of(work, month, workspace_id)
        rows = work.session.execute(queries.open_invoices(of_one=workspace_id is not None), of_it).all()
    found = tuple(_open(row, scope.last_day) for row in rows if row.number is not None)
    ledger: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        ledger[row.currency] += int(row.minor)
    booked = [Money(minor, currency) for currency, minor in ledger.items()]
    return Ageing(scope, found, tuple(_ageing_total(found, each) for each in booked))


def scope_of(work: Work, written: str, workspace_id: str | None) -> tuple[Scope, dict[str, str | datetime]]:
    """The month that was asked for, and what its statements are given."""
    month, zone = _month(written), work.issuer.seller.time_zone
    last_day, of_it = limits_of(work, month, workspace_id)
    return Scope(str(month), zone, last_day, workspace_id), of_it


def limits_of(work: Work, span: Span, workspace_id: str | None) -> tuple[date, dict[str, str | datetime]]:
    """The last day that a report of the span is of, and what its statements are given.

    Raises Unfit for a span that has not begun, and NotFound.
    """
    zone = work.issuer.seller.time_zone
    since, until = span.moments(zone)
    if since > work.now:
        raise Unfit("{month} has not begun yet", month=span)
    if workspace_id is not None and work.session.get(Workspace, workspace_id) is None:
        raise NotFound("workspace")
    of_it: dict[str, str | datetime] = {"since": since, "until": until}
    if workspace_id is not None:
        of_it["workspace_id"] = workspace_id
    return min(span.next_day - timedelta(days=1), local_date(work.now, zone)), of_it


def _month(written: str) -> Span:
    try:
        if (span := Span.read(written)).months is Months.MONTH:
            return span
    except ValueError:
        pass
    raise Unfit("{written} is not a month like 2026-11", written=repr(written))


def _line(currency: str, account: str, debit: Money, credit_minor: int) -> AccountLine:
    credit = Money(credit_minor, currency)
    return AccountLine(currency, account, debit.decimal, credit.decimal, (debit - credit).decimal)


def _journal_total(lines: Sequence[AccountLine], currency: str) -> JournalTotal:
    of_it = [line for line in lines if line.currency == currency]
    debit = sum((line.debit for line in of_it), Decimal())
    return JournalTotal(currency, debit, sum((line.credit for line in of_it), Decimal()))


def _open(row: Any, last_day: date) -> OpenInvoice:
    days = max((last_day - row.issued_on).days, 0)
    return OpenInvoice(
        row.currency,
        row.number,
        row.issued_on,
        days,
        BUCKETS[bisect_left(LAST_DAYS, days)],
        row.workspace_id,
        row.name,
        Money(int(row.minor), row.currency).decimal,
    )


def _ageing_total(found: Sequence[OpenInvoice], ledger: Money) -> AgeingTotal:
    buckets = dict.fromkeys(BUCKETS, Money(0, ledger.currency).decimal)
    for one in found:
        if one.currency == ledger.currency:
            buckets[one.bucket] += one.owed
    return AgeingTotal(ledger.currency, buckets, sum(buckets.values(), Decimal()), ledger.decimal)
