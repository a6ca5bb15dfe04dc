"""Invoices: the newest few of each subscription, lists, and the one of a name."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
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
            _by_property(),
        )
        .subquery()
    )
    return (
        select(Invoice, CreditNote)
        .join(aged, (aged.c.id == Invoice.id) & (aged.c.age <= NEWEST_INVOICES))
        .outerjoin(Invoice.credit_notes)
        .where(Invoice.workspace_id == bindparam("workspace_id"))
        .options(defer(CreditNote.document), defer(Invoice.document_hash))
        .order_by(
            Invoice.issued_at.desc(), Invoice.sequence.desc(), CreditNote.issued_at, CreditNote.sequence
        )
    )


@cache
def invoices_of_property() -> Select[Invoice]:
    """The invoices of all subscriptions of `property_id`, however they came to it, newest first."""
    return _listed(_by_property())


@cache
def invoices_of_subscription() -> Select[Invoice]:
    """The invoices of `subscription_id`, newest first."""
    return _listed(Invoice.subscription_id == bindparam("subscription_id"))


@cache
def invoices_named() -> Select[Invoice]:
    """The invoices whose number or id is `name`."""
    return select(Invoice).where(or_(Invoice.id == bindparam("name"), Invoice.number == bindparam("name")))


def _listed(which: ColumnElement[bool]) -> Select[Invoice]:
    return (
        select(Invoice)
        .where(Invoice.workspace_id == bindparam("workspace_id"), which)
        .order_by(Invoice.issued_at.desc(), Invoice.sequence.desc())
    )


def _by_property() -> ColumnElement[bool]:
    return Invoice.subscription_id.in_(select(Subscription.id).where(*OF_PROPERTY))
