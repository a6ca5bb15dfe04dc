"""Credit notes: those of invoices."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import defer

from billing.models import CreditNote


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
