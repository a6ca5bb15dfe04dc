"""Invoice lines: the newest that covers a cycle's rest, and what later documents gave back of each."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, Select, Subquery, bindparam, func, select
from sqlalchemy.orm import aliased

from billing.models import CreditNoteLine, Invoice, InvoiceLine
from billing.values.documents import LineKind


@cache
def billed_to_end() -> Select[InvoiceLine, Invoice, int]:
    """The line of `subscription_id` that covers all up to `period_end_at`, its invoice, and what was given back.

    One that was given back whole covers nothing any more: then the line before it does.
    """
    given_back = _sum_for_line(_prorated()) + _sum_for_line(_noted())
    return (
        select(InvoiceLine, Invoice, given_back)
        .join(InvoiceLine.invoice)
        .where(
            InvoiceLine.workspace_id == bindparam("workspace_id"),
            InvoiceLine.subscription_id == bindparam("subscription_id"),
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
    return _by_position(_prorated())


@cache
def noted_by_position() -> Select[int, int]:
    """The same of its credit notes."""
    return _by_position(_noted())


def _prorated() -> Subquery:
    """What later invoices gave back, line by line, less what credit notes took back of that."""
    later, taken_back = aliased(InvoiceLine), aliased(CreditNoteLine)
    of_line = (later.workspace_id, later.credited_invoice_id.label("invoice_id"))
    position = later.credited_position.label("position")
    gave = select(*of_line, position, (-later.net_minor).label("minor")).where(
        later.credited_invoice_id.is_not(None)
    )
    took = (
        select(*of_line, position, taken_back.net_minor.label("minor"))
        .join(
            taken_back,
            (taken_back.workspace_id == later.workspace_id)
            & (taken_back.invoice_id == later.invoice_id)
            & (taken_back.invoice_position == later.position),
        )
        .where(later.credited_invoice_id.is_not(None))
    )
    return gave.union_all(took).subquery()


def _noted() -> Subquery:
    """What credit notes gave back, line by line."""
    return select(
        CreditNoteLine.workspace_id,
        CreditNoteLine.invoice_id,
        CreditNoteLine.invoice_position.label("position"),
        CreditNoteLine.net_minor.label("minor"),
    ).subquery()


def _sum_for_line(back: Subquery) -> ScalarSelect[Any]:
    """So much of it is for the line of the statement around it."""
    return (
        select(func.coalesce(func.sum(back.c.minor), 0))
        .where(
            back.c.workspace_id == InvoiceLine.workspace_id,
            back.c.invoice_id == InvoiceLine.invoice_id,
            back.c.position == InvoiceLine.position,
        )
        .scalar_subquery()
    )


def _by_position(back: Subquery) -> Select[int, int]:
    return (
        select(back.c.position, func.sum(back.c.minor))
        .where(back.c.workspace_id == bindparam("workspace_id"), back.c.invoice_id == bindparam("invoice_id"))
        .group_by(back.c.position)
    )
