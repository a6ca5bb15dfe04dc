"""What was billed, and what was given back of it already."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from billing.domain.documents import LineKind
from billing.domain.models.invoices import Invoice, InvoiceLine
from billing.domain.models.subscriptions import Subscription
from billing.domain.tax import Treatment


@dataclass(frozen=True, slots=True)
class Billed:
    """A line of an issued invoice, the VAT that it was issued with, and what of its net is credited already."""

    line: InvoiceLine
    treatment: Treatment
    credited: int


def billed_to_end(session: Session, subscription: Subscription) -> list[Billed]:
    """The line that covers the rest of the cycle, if there is one."""
    credit = aliased(InvoiceLine)
    credited = (
        select(-func.sum(credit.net_minor))
        .where(
            credit.workspace_id == InvoiceLine.workspace_id,
            credit.credited_invoice_id == InvoiceLine.invoice_id,
            credit.credited_position == InvoiceLine.position,
        )
        .scalar_subquery()
    )
    found = session.execute(
        select(InvoiceLine, Invoice, func.coalesce(credited, 0))
        .join(
            Invoice,
            (Invoice.workspace_id == InvoiceLine.workspace_id) & (Invoice.id == InvoiceLine.invoice_id),
        )
        .where(
            InvoiceLine.workspace_id == subscription.workspace_id,
            InvoiceLine.subscription_id == subscription.id,
            InvoiceLine.kind != LineKind.CREDIT,
            InvoiceLine.period_end_at == subscription.period_end_at,
        )
        .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc(), InvoiceLine.position.desc())
        .limit(1)
    )
    return [Billed(line, _treatment(invoice, line.position), int(minor)) for line, invoice, minor in found]


def _treatment(invoice: Invoice, position: int) -> Treatment:
    line = invoice.read_document().lines[position - 1]
    return Treatment(line.tax_rate, line.tax_note)
