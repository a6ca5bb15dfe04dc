"""Documents between countries that have VAT on them, beside what the ledger booked for each."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, select

from billing.models import CreditNote, Invoice, Posting
from billing.models.ledger import OF_INVOICE, Account

ENTRIES = {Invoice: OF_INVOICE, CreditNote: Posting.credit_note_id}


@cache
def taxed_abroad(kind: type[Invoice | CreditNote], *, of_one: bool) -> Select[*tuple[Any, ...]]:
    """Those issued from `since` until before `until` to buyers in other countries, in the order of their numbers.

    `net` and `tax` are what the ledger has as revenue and VAT of each, a credit note's below zero. `of_one`: of
    `workspace_id` alone.
    """
    of_it = (kind.workspace_id == bindparam("workspace_id"),) if of_one else ()
    entries = _booked(kind, of_one=of_one)
    booked = entries.c
    return (
        select(kind.number, kind.document, booked.net, booked.tax)
        .outerjoin(entries, (booked.workspace_id == kind.workspace_id) & (booked.document_id == kind.id))
        .where(
            kind.issued_at >= bindparam("since"),
            kind.issued_at < bindparam("until"),
            _country(kind, "buyer") != _country(kind, "seller"),
            *of_it,
        )
        .order_by(kind.series, kind.sequence)
    )


def _country(kind: type[Invoice | CreditNote], party: str) -> ColumnElement[str]:
    country: ColumnElement[str] = kind.document[party]["country"].as_string()
    return country


def _booked(kind: type[Invoice | CreditNote], *, of_one: bool) -> Any:
    """Documents are booked at the moment of their issue, and what is paid for them is on other accounts."""
    document_id = ENTRIES[kind]
    of_it: list[ColumnElement[bool]] = [
        document_id.is_not(None),
        Posting.account.in_((Account.REVENUE, Account.TAX)),
        Posting.at >= bindparam("since"),
        Posting.at < bindparam("until"),
    ]
    if of_one:
        of_it.append(Posting.workspace_id == bindparam("workspace_id"))

    def booked(account: Account) -> ColumnElement[int]:
        return func.sum(case((Posting.account == account, -Posting.minor), else_=0))

    return (
        select(
            Posting.workspace_id,
            document_id.label("document_id"),
            booked(Account.REVENUE).label("net"),
            booked(Account.TAX).label("tax"),
        )
        .where(*of_it)
        .group_by(Posting.workspace_id, document_id)
        .subquery()
    )
