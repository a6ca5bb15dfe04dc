"""What became of a month's renewals that were not paid at the first try: recovered, lost, or still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from billing.models.payments import Payment, PaymentState
from billing.queries import recovery as queries
from billing.services.reports import Scope, scope_of
from billing.values.cycles import local_date
from billing.values.money import Money
from billing.work import Billing


class Outcome(StrEnum):
    """What became of an invoice of which a payment failed."""

    RECOVERED = "recovered"
    LOST = "lost"
    CREDITED = "credited"
    STILL_OPEN = "still_open"


OUTCOMES = {
    PaymentState.PAID: Outcome.RECOVERED,
    PaymentState.UNCOLLECTIBLE: Outcome.LOST,
    PaymentState.CREDITED: Outcome.CREDITED,
    PaymentState.OPEN: Outcome.STILL_OPEN,
}


@dataclass(frozen=True, slots=True)
class FailedInvoice:
    """An invoice of a renewal that was not paid at the first try.

    `failed` is how many tries of the schedule failed. One that was recovered was so by the schedule's `retry` of that
    number or, where None, by the payer: a new card, "Pay now", the bank's question answered; `days` after its issue.
    """

    currency: str
    number: str
    issued_on: date
    failed: int
    outcome: str
    retry: int | None
    days: int | None
    workspace_id: str
    property_name: str
    recovered: Decimal
    lost: Decimal
    credited: Decimal
    still_open: Decimal


@dataclass(frozen=True, slots=True)
class ByRetry:
    """What was recovered by the retry of that number; None is by the payer."""

    currency: str
    retry: int | None
    invoices: int
    amount: Decimal
    days: Decimal


@dataclass(frozen=True, slots=True)
class RecoveryTotal:
    """All of a currency: as the payments have it, and as the `ledger` has each of the four sums."""

    currency: str
    invoices: int
    recovered: Decimal
    lost: Decimal
    credited: Decimal
    still_open: Decimal
    ledger: dict[str, Decimal]

    @property
    def is_equal(self) -> bool:
        return self.ledger == {str(each): getattr(self, each) for each in Outcome}


@dataclass(frozen=True, slots=True)
class Recovery:
    """The failed renewals of the invoices that were issued in the month, as they stand on `as_of`."""

    scope: Scope
    as_of: date
    invoices: tuple[FailedInvoice, ...]
    by_retry: tuple[ByRetry, ...]
    totals: tuple[RecoveryTotal, ...]


def recovery(billing: Billing, month: str, workspace_id: str | None = None) -> Recovery:
    """Raises Unfit for what is no month or has not begun, and NotFound."""
    with billing.read("report.recovery") as work:
        scope, of_it = scope_of(work, month, workspace_id)
        rows = work.session.execute(queries.failed_renewals(of_one=workspace_id is not None), of_it).all()
        found = tuple(_failed(row, scope.time_zone) for row in rows)
        as_of = local_date(work.now, scope.time_zone)
    currencies = list(dict.fromkeys(one.currency for one in found))
    return Recovery(
        scope,
        as_of,
        found,
        tuple(line for each in currencies for line in _by_retry(found, each)),
        tuple(_total(found, rows, each) for each in currencies),
    )


def _failed(row: Any, zone: str) -> FailedInvoice:
    payment: Payment = row.Payment
    outcome = OUTCOMES[payment.state]
    amounts = dict.fromkeys(Outcome, 0)
    amounts[Outcome.CREDITED] = row.total_minor - payment.owed_minor
    amounts[outcome] += payment.owed_minor
    recovered, lost, credited, still_open = (
        Money(amounts[each], payment.currency).decimal for each in Outcome
    )
    by_schedule = outcome is Outcome.RECOVERED and row.scheduled and row.action_url is None
    days = None
    if outcome is Outcome.RECOVERED and payment.decided_at is not None:
        days = max((local_date(payment.decided_at, zone) - row.issued_on).days, 0)
    return FailedInvoice(
        payment.currency,
        row.number,
        row.issued_on,
        payment.tries,
        str(outcome),
        payment.tries if by_schedule else None,
        days,
        payment.workspace_id,
        row.name,
        recovered,
        lost,
        credited,
        still_open,
    )


def _by_retry(found: Sequence[FailedInvoice], currency: str) -> list[ByRetry]:
    of_it = [one for one in found if one.currency == currency and one.days is not None]
    retries = sorted({one.retry for one in of_it}, key=lambda retry: (retry is None, retry or 0))
    return [_retry([one for one in of_it if one.retry == retry], currency, retry) for retry in retries]


def _retry(of_it: Sequence[FailedInvoice], currency: str, retry: int | None) -> ByRetry:
    days = Decimal(sum(one.days or 0 for one in of_it)) / len(of_it)
    amount = sum((one.recovered for one in of_it), Decimal())
    return ByRetry(currency, retry, len(of_it), amount, days.quantize(Decimal("0.1"), ROUND_HALF_UP))


def _total(found: Sequence[FailedInvoice], rows: Sequence[Any], currency: str) -> RecoveryTotal:
    of_it = [one for one in found if one.currency == currency]
    sums = (sum((getattr(one, each) for one in of_it), Decimal()) for each in Outcome)
    recovered, lost, credited, still_open = sums
    booked = [row for row in rows if row.Payment.currency == currency]
    names = {
        Outcome.RECOVERED: "settled",
        Outcome.LOST: "lost",
        Outcome.CREDITED: "credited",
        Outcome.STILL_OPEN: "open",
    }
    ledger = {
        str(each): Money(sum(int(getattr(row, name)) for row in booked), currency).decimal
        for each, name in names.items()
    }
    return RecoveryTotal(currency, len(of_it), recovered, lost, credited, still_open, ledger)
