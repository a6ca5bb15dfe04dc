"""Credit notes: those of invoices, and what they promised to the card."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import defer

from billing.models import CreditNote

OF_INVOICE = (
    CreditNote.workspace_id == bindparam("workspace_id"),
    CreditNote.invoice_id == bindparam("invoice_id"),
)


@cache
def notes_of_invoices() -> Select[CreditNote]:
    """The credit notes of `invoice_ids`, oldest first, as a list shows them."""
    return (
        select(CreditNote)
        .where(
            CreditNote.workspace_id == bindparam("workspace_id"),
            CreditNote.invoice_id.in_(bindparam("invoice_ids", expanding=True)),
        )
        .order_by(CreditNote.issued_at, CreditNote.sequence)
        .options(defer(CreditNote.document))
    )


@cache
def notes_of_invoice() -> Select[CreditNote]:
    """The credit notes of `invoice_id` with their documents."""
    return select(CreditNote).where(*OF_INVOICE)


@cache
def promised_by_notes() -> Select[int | None]:
    """What the credit notes of `invoice_id` promised to the card, in minor units."""
    return select(func.sum(CreditNote.refund_minor)).where(*OF_INVOICE)
