"""What must be true of invoices, their numbers and payments: each statement finds the rows for which it is not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, null, or_, select, union

from billing.domain.documents import LineKind
from billing.domain.invariants.rows import Rows, or_0
from billing.domain.models import Invoice, InvoiceLine, NumberSeries, Payment
from billing.domain.models.base import Moment
from billing.domain.models.payments import PaymentKind, PaymentState


def misnumbered(_: datetime) -> Rows:
    before = func.lag(Invoice.sequence).over(partition_by=Invoice.series, order_by=Invoice.sequence)
    row = select(Invoice.series, Invoice.sequence, or_0(before).label("before")).subquery()
    return select(row.c.series, row.c.sequence, row.c.before).where(row.c.sequence != row.c.before + 1)


def named_twice(_: datetime) -> Rows:
    number = (Invoice.series, Invoice.number)
    return select(*number, func.count().label("times")).group_by(*number).having(func.count() > 1)


def miscounted(_: datetime) -> Rows:
    names = union(select(Invoice.series.label("name")), select(NumberSeries.name)).subquery()
    given = (
        select(Invoice.series, func.max(Invoice.sequence).label("highest"))
        .group_by(Invoice.series)
        .subquery()
    )
    last, highest = or_0(NumberSeries.last), or_0(given.c.highest)
    return (
        select(names.c.name, null(), last.label("last"), highest.label("highest"))
        .outerjoin(NumberSeries, NumberSeries.name == names.c.name)
        .outerjoin(given, given.c.series == names.c.name)
        .where(last != highest)
    )


def without_payment(_: datetime) -> Rows:
    return (
        select(Invoice.workspace_id, Invoice.id, Invoice.number)
        .outerjoin(
            Payment, (Payment.workspace_id == Invoice.workspace_id) & (Payment.invoice_id == Invoice.id)
        )
        .where(Payment.id.is_(None))
    )


def misinvoiced(_: datetime) -> Rows:
    settled = Payment.state.in_([PaymentState.PAID, PaymentState.UNCOLLECTIBLE])
    has_one = or_(settled, Payment.kind == PaymentKind.RENEWAL)
    wrong = or_(
        and_(has_one, Payment.invoice_id.is_(None)),
        and_(~has_one, Payment.invoice_id.is_not(None)),
        Invoice.total_minor != Payment.minor + Payment.credit_minor,
    )
    return (
        select(Payment.workspace_id, Payment.id, Payment.kind, Payment.state, Payment.invoice_id)
        .outerjoin(
            Invoice, (Invoice.workspace_id == Payment.workspace_id) & (Invoice.id == Payment.invoice_id)
        )
        .where(wrong)
    )


def charged_twice(_: datetime) -> Rows:
    period = (InvoiceLine.workspace_id, InvoiceLine.subscription_id, InvoiceLine.period_start_at)
    times = func.count()
    cycles = select(*period, times.label("times")).where(InvoiceLine.kind == LineKind.CYCLE)
    return cycles.group_by(*period).having(times > 1)


def overlapping(_: datetime) -> Rows:
    """A renewal begins when the cycle before it is over. A paid change or restart may cut one short."""
    cycles = (InvoiceLine.workspace_id, InvoiceLine.subscription_id)
    before = func.lag(InvoiceLine.period_end_at, type_=Moment).over(
        partition_by=cycles, order_by=InvoiceLine.period_start_at
    )
    line = (
        select(*cycles, InvoiceLine.invoice_id, InvoiceLine.period_start_at, before.label("before"))
        .where(InvoiceLine.kind == LineKind.CYCLE)
        .subquery()
    )
    return (
        select(line.c.workspace_id, line.c.subscription_id, line.c.period_start_at, line.c.before)
        .join(
            Payment,
            (Payment.workspace_id == line.c.workspace_id) & (Payment.invoice_id == line.c.invoice_id),
        )
        .where(line.c.before > line.c.period_start_at, Payment.kind == PaymentKind.RENEWAL)
    )


def credited_too_much(_: datetime) -> Rows:
    line = (InvoiceLine.workspace_id, InvoiceLine.credited_invoice_id, InvoiceLine.credited_position)
    back = (
        select(*line, func.sum(-InvoiceLine.net_minor).label("back"))
        .where(InvoiceLine.credited_invoice_id.is_not(None))
        .group_by(*line)
        .subquery()
    )
    return (
        select(InvoiceLine.workspace_id, InvoiceLine.invoice_id, InvoiceLine.net_minor, back.c.back)
        .join(
            back,
            (back.c.workspace_id == InvoiceLine.workspace_id)
            & (back.c.credited_invoice_id == InvoiceLine.invoice_id)
            & (back.c.credited_position == InvoiceLine.position),
        )
        .where(back.c.back > InvoiceLine.net_minor)
    )
