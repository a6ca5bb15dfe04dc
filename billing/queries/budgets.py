"""Budgets: which are to be compared with the documents again, and what those come to."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, Select, Update, bindparam, func, select, update

from billing.models import Budget, CreditNote, Invoice
from billing.models.base import UtcDateTime


@cache
def to_look_at() -> Update:
    """The budget of `of_property`, unless it was removed, is compared with the documents at `at`."""
    return (
        update(Budget)
        .where(
            Budget.workspace_id == bindparam("of_workspace"),
            Budget.property_id == bindparam("of_property"),
            Budget.minor.is_not(None),
        )
        .values(due_at=bindparam("at", type_=UtcDateTime()))
    )


@cache
def spent() -> Select[int]:
    """What was issued to `property_id` in `currency` from `first` on, before `after`: invoices less credit notes."""
    return select(_total(Invoice) - _total(CreditNote))


def _total(document: type[Invoice | CreditNote]) -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.sum(document.total_minor), 0))
        .where(
            document.workspace_id == bindparam("workspace_id"),
            document.property_id == bindparam("property_id"),
            document.currency == bindparam("currency"),
            document.issued_at >= bindparam("first", type_=UtcDateTime()),
            document.issued_at < bindparam("after", type_=UtcDateTime()),
        )
        .scalar_subquery()
    )
