"""A month in figures for the seller's own people: what its reports say, told once it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from billing.models import ReportedMonth
from billing.queries.in_sql import insert_once
from billing.renewals.single import DueReport
from billing.services import recovery, recurring_revenue, reports
from billing.services.copies import held_why
from billing.services.due_work import guarded
from billing.services.recovery import Outcome, Recovery
from billing.services.recurring_revenue import Loss, Revenue
from billing.services.reports import AgeingTotal, JournalTotal, Scope
from billing.values.channels import OperatorChannel
from billing.values.cycles import local_date
from billing.values.errors import Unfit
from billing.values.events import MonthReported
from billing.values.events.reports import Figures
from billing.values.money import decimals
from billing.values.outbox import Destination
from billing.values.spans import Months, Span
from billing.work import Billing, Work

# What ended with the month is recorded by then, and no transaction of it is open; whoever reads it is up.
TOLD_AFTER = timedelta(hours=6)


class Checked(Protocol):
    """A report whose sums know whether they are what they are held against."""

    @property
    def scope(self) -> Scope: ...

    @property
    def totals(self) -> Sequence[Equal]: ...


class Equal(Protocol):
    """Such a sum."""

    @property
    def is_equal(self) -> bool: ...


def run(billing: Billing) -> DueReport:
    """Tells the last month that is over, unless these books are on hold."""
    return guarded(billing, _monthly_report)


def look_at(billing: Billing, month: str) -> MonthReported:
    """The month's reports of all workspaces. Raises Unfit for what is no month or has not begun."""
    journal, aged = reports.journal(billing, month), reports.ageing(billing, month)
    revenue, lost = recurring_revenue.mrr_and_churn(billing, month)
    failed = recovery.recovery(billing, month)
    before = recovery.recovery(billing, str(Span.read(month).before))
    checked: dict[str, tuple[Checked, ...]] = {
        "mrr": (revenue,),
        "churn": (lost,),
        "ageing": (aged,),
        "recovery": (before, failed),
        "journal": (journal,),
    }
    return MonthReported(
        property_id="",
        property_name="",
        time_zone=journal.scope.time_zone,
        month=journal.scope.month,
        as_of=failed.as_of.isoformat(),
        revenue={one.currency: _revenue(one) for one in revenue.totals},
        customers={one.currency: dict(one.customers) for one in revenue.totals},
        lost={one.currency: _lost(one) for one in lost.totals},
        recorded_late={one.currency: one.recorded_late for one in revenue.totals if one.recorded_late},
        ageing={one.currency: _owed(one) for one in aged.totals},
        recovery={each.scope.month: _recovered(each) for each in (before, failed)},
        journal={one.currency: _booked(one) for one in journal.totals},
        differing=list(_differing(checked)),
    )


def tell(billing: Billing, month: str) -> MonthReported:
    """Tells it to the seller's own people, whether or not it was told before; the desk does not tell it again.

    Raises Unfit where there is no channel for it, and for a month that is not over; OnHold.
    """
    if (place := billing.operator_channel) is None:
        raise Unfit("OPERATOR_CHANNEL: no channel is set for it")
    found = look_at(billing, month)
    with billing.work("report.tell") as work:
        if Span.read(month).moments(found.time_zone)[1] > work.now:
            raise Unfit("{month} is not over yet", month=found.month)
        _remember(work, found.month)
        _tell(work, found, place)
    return found


def tell_last(billing: Billing) -> bool:
    """Tells the last month that is over, some hours after its end, unless it was; whether it did.

    Two processes that do so at once tell it once. A month in which there was nothing is not told. Nor are earlier
    ones that nobody was there to tell: an operator can.
    """
    if (place := billing.operator_channel) is None:
        return False
    with billing.read("report.last") as work:
        today = local_date(work.now - TOLD_AFTER, work.issuer.seller.time_zone)
        month = str(Span.of(today, Months.MONTH).before)
        if work.session.get(ReportedMonth, month) is not None:
            return False
    found = look_at(billing, month)
    with billing.work("report.tell") as work:
        is_first = _remember(work, month)
        if is_first and not found.is_empty:
            _tell(work, found, place)
        return is_first and not found.is_empty


def _monthly_report(billing: Billing) -> DueReport:
    if not held_why(billing):
        tell_last(billing)
    return DueReport()


def _remember(work: Work, month: str) -> bool:
    """Whether nobody did before; who is doing so at this moment is waited for."""
    return insert_once(work.session, ReportedMonth, {"month": month, "reported_at": work.now})


def _tell(work: Work, found: MonthReported, place: OperatorChannel) -> None:
    work.tell_at(Destination.channel(place.channel), found, place.workspace_id)


def _revenue(one: Revenue) -> dict[str, int]:
    return _minor(one.currency, {"opening": one.opening, **one.movements, "closing": one.closing})


def _owed(one: AgeingTotal) -> dict[str, int]:
    return _minor(one.currency, {**one.buckets, "total": one.total})


def _booked(one: JournalTotal) -> dict[str, int]:
    return _minor(one.currency, {"debit": one.debit, "credit": one.credit})


def _lost(one: Loss) -> dict[str, int]:
    amounts = {"revenue_cancelled": one.revenue_cancelled, "revenue_failed": one.revenue_failed}
    shares = {"customer_share": one.customer_churn, "revenue_share": one.revenue_churn}
    return {
        "cancelled": one.lost_by_cancelling,
        "failed": one.lost_by_failed_payment,
        **_minor(one.currency, amounts),
        **{name: int(share * 100) for name, share in shares.items() if share is not None},
    }


def _recovered(found: Recovery) -> Figures:
    return {
        one.currency: {
            "invoices": one.invoices,
            **_minor(one.currency, {str(each): getattr(one, each) for each in Outcome}),
        }
        for one in found.totals
    }


def _differing(checked: Mapping[str, Iterable[Checked]]) -> Iterator[str]:
    for report, found in checked.items():
        for each in found:
            if not all(one.is_equal for one in each.totals):
                yield f"{report} --month {each.scope.month}"


def _minor(currency: str, amounts: Mapping[str, Decimal]) -> dict[str, int]:
    """Minor units, which are what is kept and written."""
    return {name: int(amount.scaleb(decimals(currency))) for name, amount in amounts.items()}
