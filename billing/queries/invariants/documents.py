"""What must be true of invoices, their lines and payments: each statement finds the rows for which it is not."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Subquery, and_, func, or_, select

from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Payment
from billing.models.base import UtcDateTime
from billing.models.payments import PaymentKind, PaymentState
from billing.queries.invariants.rows import Rows, or_0
from billing.values.documents import LineKind

_CREDITED = (InvoiceLine.workspace_id, InvoiceLine.credited_invoice_id, InvoiceLine.credited_position)


@cache
def without_payment() -> Rows:
    return (
        select(Invoice.workspace_id, Invoice.id, Invoice.number)
        .outerjoin(
            Payment, (Payment.workspace_id == Invoice.workspace_id) & (Payment.invoice_id == Invoice.id)
        )
        .where(Payment.id.is_(None))
    )


@cache
def misinvoiced() -> Rows:
    settled = Payment.state.in_([PaymentState.PAID, PaymentState.UNCOLLECTIBLE, PaymentState.CREDITED])
    owed = _noted(CreditNote.owed_minor)
    has_one = or_(settled, Payment.kind == PaymentKind.RENEWAL)
    wrong = or_(
        and_(has_one, Payment.invoice_id.is_(None)),
        and_(~has_one, Payment.invoice_id.is_not(None)),
        Invoice.total_minor
        != Payment.minor + Payment.credit_minor + Payment.carried_minor + or_0(owed.c.minor),
    )
    return (
        select(Payment.workspace_id, Payment.id, Payment.kind, Payment.state, Payment.invoice_id)
        .outerjoin(Payment.invoice)
        .outerjoin(owed, (owed.c.workspace_id == Payment.workspace_id) & (owed.c.invoice_id == Invoice.id))
        .where(wrong)
    )


def _noted(amount: Any) -> Subquery:
    """The sum over each invoice's credit notes."""
    key = (CreditNote.workspace_id, CreditNote.invoice_id)
    return select(*key, func.sum(amount).label("minor")).group_by(*key).subquery()


@cache
def corrected_too_much() -> Rows:
    noted = _noted(CreditNote.total_minor)
    return (
        select(
            Invoice.workspace_id,
            Invoice.id,
            Invoice.number,
            Invoice.currency,
            Invoice.total_minor,
            noted.c.minor.label("back_minor"),
        )
        .join(noted, (noted.c.workspace_id == Invoice.workspace_id) & (noted.c.invoice_id == Invoice.id))
        .where(noted.c.minor > Invoice.total_minor)
    )


@cache
def charged_twice() -> Rows:
    period = (InvoiceLine.workspace_id, InvoiceLine.subscription_id, InvoiceLine.period_start_at)
    times = func.count()
    cycles = select(*period, times.label("times")).where(InvoiceLine.kind == LineKind.CYCLE)
    return cycles.group_by(*period).having(times > 1)


@cache
def overlapping() -> Rows:
    """A renewal begins when the cycle before it is over. A paid change or restart may cut one short."""
    cycles = (InvoiceLine.workspace_id, InvoiceLine.subscription_id)
    before = func.lag(InvoiceLine.period_end_at, type_=UtcDateTime).over(
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


@cache
def credited_too_much() -> Rows:
    """Of no line is more given back than it was billed for, nor more of what it gave back taken back than that."""
    prorated = select(*_CREDITED, (-InvoiceLine.net_minor).label("minor")).where(
        InvoiceLine.credited_invoice_id.is_not(None)
    )
    taken_back = prorated.with_only_columns(*_CREDITED, CreditNoteLine.net_minor).join(
        CreditNoteLine,
        (CreditNoteLine.workspace_id == InvoiceLine.workspace_id)
        & (CreditNoteLine.invoice_id == InvoiceLine.invoice_id)
        & (CreditNoteLine.invoice_position == InvoiceLine.position),
    )
    noted = select(
        CreditNoteLine.workspace_id,
        CreditNoteLine.invoice_id,
        CreditNoteLine.invoice_position,
        CreditNoteLine.net_minor,
    )
    all_of_it = prorated.union_all(taken_back, noted).subquery().c
    line = (all_of_it.workspace_id, all_of_it.credited_invoice_id, all_of_it.credited_position)
    back = select(*line, func.sum(all_of_it.minor).label("back")).group_by(*line).subquery()
    billed = InvoiceLine.net_minor
    return (
        select(
            InvoiceLine.workspace_id,
            InvoiceLine.invoice_id,
            Invoice.number,
            Invoice.currency,
            billed,
            back.c.back.label("back_minor"),
        )
        .join(InvoiceLine.invoice)
        .join(
            back,
            (back.c.workspace_id == InvoiceLine.workspace_id)
            & (back.c.credited_invoice_id == InvoiceLine.invoice_id)
            & (back.c.credited_position == InvoiceLine.position),
        )
        .where(
            or_(
                and_(billed >= 0, or_(back.c.back > billed, back.c.back < 0)),
                and_(billed < 0, or_(back.c.back < billed, back.c.back > 0)),
            )
        )
    )
