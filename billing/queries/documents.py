"""Issued documents of either kind, batch by batch, beside the rows of their lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, exists, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from billing.models import CreditNote, CreditNoteLine, EInvoice, Invoice, InvoiceLine


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of document: its rows, the rows of its lines, and what of these the document says too."""

    documents: type[Invoice | CreditNote]
    lines: type[InvoiceLine | CreditNoteLine]
    key: tuple[InstrumentedAttribute[str], InstrumentedAttribute[str]]
    compared: tuple[str, ...]


KINDS = (
    Kind(
        Invoice,
        InvoiceLine,
        (InvoiceLine.workspace_id, InvoiceLine.invoice_id),
        ("kind", "net_minor", "first_day", "last_day"),
    ),
    Kind(
        CreditNote,
        CreditNoteLine,
        (CreditNoteLine.workspace_id, CreditNoteLine.credit_note_id),
        ("net_minor",),
    ),
)
AFTER = tuple_(bindparam("after_workspace_id"), bindparam("after_id"))
LAST = tuple_(bindparam("last_workspace_id"), bindparam("last_id"))


@cache
def documents_after(kind: Kind) -> Select[*tuple[Any, ...]]:
    """The next `size` documents after that key, with what the row says of each."""
    of = kind.documents
    sent = exists().where(EInvoice.workspace_id == of.workspace_id, EInvoice.document_id == of.id)
    return (
        select(
            of.workspace_id,
            of.id,
            of.number,
            of.issued_at,
            of.issued_on,
            of.currency,
            of.total_minor,
            of.document,
            of.document_hash,
            sent.label("has_e_invoice"),
        )
        .where(tuple_(of.workspace_id, of.id) > AFTER)
        .order_by(of.workspace_id, of.id)
        .limit(bindparam("size"))
    )


@cache
def lines_between(kind: Kind) -> Select[*tuple[Any, ...]]:
    """The keys and compared columns of the lines of the documents after that key, up to the last one."""
    key = tuple_(*kind.key)
    columns = (getattr(kind.lines, name) for name in kind.compared)
    return (
        select(*kind.key, *columns).where(key > AFTER, key <= LAST).order_by(*kind.key, kind.lines.position)
    )
