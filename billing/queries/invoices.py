"""Invoices: the newest few of each subscription."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import defer

from billing.models import (
    CreditNote,
    Invoice,
    Subscription,
)
from billing.queries.subscriptions import OF_PROPERTY

NEWEST_INVOICES = 3


@cache
def newest_invoices() -> Select[Invoice, CreditNote | None]:
    """The newest few invoices of each subscription of `property_id`, newest first, once for each credit note.

    Of a credit note comes what a list shows.
    """
    age = (
        func.row_number()
        .over(
            partition_by=Invoice.subscription_id, order_by=(Invoice.issued_at.desc(), Invoice.sequence.desc())
        )
        .label("age")
    )
    aged = (
        select(Invoice.id, age)
        .where(
            Invoice.workspace_id == bindparam("workspace_id"),
            Invoice.subscription_id.in_(select(Subscription.id).where(*OF_PROPERTY)),
        )
        .subquery()
    )
    return (
        select(Invoice, CreditNote)
        .join(aged, (aged.c.id == Invoice.id) & (aged.c.age <= NEWEST_INVOICES))
        .outerjoin(
            CreditNote,
            (CreditNote.workspace_id == Invoice.workspace_id) & (CreditNote.invoice_id == Invoice.id),
        )
        .where(Invoice.workspace_id == bindparam("workspace_id"))
        .options(defer(CreditNote.document), defer(Invoice.document_hash))
        .order_by(
            Invoice.issued_at.desc(), Invoice.sequence.desc(), CreditNote.issued_at, CreditNote.sequence
        )
    )
