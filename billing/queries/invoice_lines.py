"""Invoice lines: the newest that covers a cycle's rest, and what later documents gave back of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, bindparam, func, select, union_all
from sqlalchemy.orm import aliased

from billing.models import CreditNoteLine, Invoice, InvoiceLine
from billing.values.documents import LineKind

OF_INVOICE: tuple[Any, Any] = (bindparam("workspace_id"), bindparam("invoice_id"))


@cache
def billed_to_end() -> Select[InvoiceLine, Invoice, int]:
    """The line of `subscription_id` that covers all up to `period_end_at`, its invoice, and what was given back.

    One that was given back whole covers nothing any more: then the line before it does.
    """
    of_line = (InvoiceLine.workspace_id, InvoiceLine.invoice_id)
    prorated, taken_back, noted = map(_sum_for_line, (*_prorated(*of_line), *_noted(*of_line)))
    given_back = prorated + taken_back + noted
    return (
        select(InvoiceLine, Invoice, given_back)
        .join(InvoiceLine.invoice)
        .where(
            InvoiceLine.workspace_id == bindparam("workspace_id"),
            Invoice.subscription_id == bindparam("subscription_id"),
            InvoiceLine.kind != LineKind.CREDIT,
            InvoiceLine.period_end_at == bindparam("period_end_at"),
            InvoiceLine.net_minor > given_back,
        )
        .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc(), InvoiceLine.position.desc())
        .limit(1)
    )


@cache
def reduced_by() -> Select[str]:
    """The ids of the invoices of which `invoice_id` gave something back, the newest first."""
    reduced = select(InvoiceLine.credited_invoice_id).where(
        InvoiceLine.workspace_id == bindparam("workspace_id"),
        InvoiceLine.invoice_id == bindparam("invoice_id"),
        InvoiceLine.credited_invoice_id.is_not(None),
    )
    return (
        select(Invoice.id)
        .where(Invoice.workspace_id == bindparam("workspace_id"), Invoice.id.in_(reduced))
        .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc())
    )


@cache
def prorated_by_position() -> Select[int, int]:
    """What later invoices gave back of `invoice_id`, net by the position of its lines."""
    return _by_position(*_prorated(*OF_INVOICE))


@cache
def noted_by_position() -> Select[int, int]:
    """The same of its credit notes."""
    return _by_position(*_noted(*OF_INVOICE))


@dataclass(frozen=True, slots=True)
class _Back:
    """Lines that gave something back of another's: of which line, how much net, and what they are among."""

    position: SQLColumnExpression[Any]
    minor: SQLColumnExpression[Any]
    rows: Select[int]


def _prorated(workspace_id: Any, invoice_id: Any) -> tuple[_Back, _Back]:
    """What later invoices gave back of that one, and what credit notes took back of that."""
    later, taken_back = aliased(InvoiceLine), aliased(CreditNoteLine)
    gave = select(later.position).where(
        later.workspace_id == workspace_id, later.credited_invoice_id == invoice_id
    )
    took = gave.join(
        taken_back,
        (taken_back.workspace_id == later.workspace_id)
        & (taken_back.invoice_id == later.invoice_id)
        & (taken_back.invoice_position == later.position),
    )
    position = later.credited_position
    return _Back(position, -later.net_minor, gave), _Back(position, taken_back.net_minor, took)


def _noted(workspace_id: Any, invoice_id: Any) -> tuple[_Back]:
    """What credit notes gave back of that invoice."""
    note = aliased(CreditNoteLine)
    of_it = select(note.position).where(note.workspace_id == workspace_id, note.invoice_id == invoice_id)
    return (_Back(note.invoice_position, note.net_minor, of_it),)


def _sum_for_line(back: _Back) -> ColumnElement[int]:
    """So much of it is for the line of the statement around it."""
    of_line = back.rows.with_only_columns(func.sum(back.minor)).where(back.position == InvoiceLine.position)
    return func.coalesce(of_line.correlate(InvoiceLine).scalar_subquery(), 0)


def _by_position(*parts: _Back) -> Select[int, int]:
    columns: list[Select[*tuple[Any, ...]]] = [
        part.rows.with_only_columns(part.position.label("position"), part.minor.label("minor"))
        for part in parts
    ]
    back = union_all(*columns).subquery()
    return select(back.c.position, func.sum(back.c.minor)).group_by(back.c.position)
