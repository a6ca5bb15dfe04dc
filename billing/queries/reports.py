"""Reports: what the ledger booked in a span, and which invoices it shows as open at a moment."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select

from billing.models import CreditNote, Invoice, Posting, Property
from billing.models.ledger import OF_INVOICE, Account


@cache
def journal(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """Debits and credits of each account from `since` until before `until`, both as amounts of at least zero.

    `of_one`: of `workspace_id` alone.
    """
    debit = func.sum(case((Posting.minor > 0, Posting.minor), else_=0)).label("debit")
    credit = func.sum(case((Posting.minor < 0, -Posting.minor), else_=0)).label("credit")
    of_it = (Posting.at >= bindparam("since"), Posting.at < bindparam("until"), *_scope(of_one=of_one))
    by = (Posting.currency, Posting.account)
    return select(*by, debit, credit).where(*of_it).group_by(*by)


@cache
def open_invoices(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """What the ledger shows as owed before `until` of each invoice, oldest first; payments and credit notes count.

    What it shows as owed of no invoice comes too, without one. `of_one`: of `workspace_id` alone.
    """
    invoice_id = func.coalesce(OF_INVOICE, CreditNote.invoice_id).label("invoice_id")
    by, minor = (Posting.workspace_id, Posting.currency, invoice_id), func.sum(Posting.minor)
    of_it = (Posting.account == Account.RECEIVABLE, Posting.at < bindparam("until"), *_scope(of_one=of_one))
    owed = (
        select(*by, minor.label("minor"))
        .outerjoin(
            CreditNote,
            (CreditNote.workspace_id == Posting.workspace_id) & (CreditNote.id == Posting.credit_note_id),
        )
        .where(*of_it)
        .group_by(*by)
        .having(minor != 0)
        .subquery()
    )
    c, of = owed.c, Invoice
    return (
        select(c.currency, c.workspace_id, Property.name, of.number, of.issued_on, c.minor)
        .select_from(owed)
        .outerjoin(of, (of.workspace_id == c.workspace_id) & (of.id == c.invoice_id))
        .outerjoin(Property, (Property.workspace_id == of.workspace_id) & (Property.id == of.property_id))
        .order_by(c.currency, of.issued_on, of.number)
    )


def _scope(*, of_one: bool) -> tuple[ColumnElement[bool], ...]:
    return (Posting.workspace_id == bindparam("workspace_id"),) if of_one else ()
