"""Renewals that were not paid at the first try: what became of each, as payments and as the ledger have it."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from billing.models import CreditNote, Invoice, Payment, PaymentAttempt, Posting, Property
from billing.models.ledger import OF_INVOICE, OF_PAYMENT, Account
from billing.models.payments import AttemptState, PaymentKind

ACCOUNTS = (Account.RECEIVABLE, Account.BAD_DEBT)


@cache
def failed_renewals(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """Those of invoices issued from `since` until before `until`, oldest first, with the try that succeeded, if any.

    Beside each what the ledger has settled of its invoice, lost, credited, and has open now. `of_one`: of
    `workspace_id` alone.
    """
    won, earlier = aliased(PaymentAttempt), aliased(PaymentAttempt)
    of_it: list[ColumnElement[bool]] = [
        Payment.kind == PaymentKind.RENEWAL,
        Payment.tries > 0,
        Invoice.issued_at >= bindparam("since"),
        Invoice.issued_at < bindparam("until"),
    ]
    if of_one:
        of_it.append(Payment.workspace_id == bindparam("workspace_id"))
    first = (
        select(func.min(earlier.number))
        .where(
            earlier.workspace_id == Payment.workspace_id,
            earlier.payment_id == Payment.id,
            earlier.state == AttemptState.SUCCEEDED,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    booked = _booked(of_one=of_one)
    b = booked.c
    return (
        select(
            Payment,
            Invoice.number,
            Invoice.issued_on,
            Invoice.total_minor,
            Property.name,
            won.scheduled,
            won.action_url,
            b.settled,
            b.lost,
            b.credited,
            b.open,
        )
        .select_from(Payment)
        .join(Invoice, (Invoice.workspace_id == Payment.workspace_id) & (Invoice.id == Payment.invoice_id))
        .join(
            Property, (Property.workspace_id == Invoice.workspace_id) & (Property.id == Invoice.property_id)
        )
        .join(booked, (b.workspace_id == Payment.workspace_id) & (b.invoice_id == Payment.invoice_id))
        .outerjoin(
            won,
            and_(
                won.workspace_id == Payment.workspace_id,
                won.payment_id == Payment.id,
                won.number == first,
            ),
        )
        .where(*of_it)
        .order_by(Payment.currency, Invoice.issued_on, Invoice.number)
    )


def _booked(*, of_one: bool) -> Any:
    """What the ledger has of each invoice; a loss that a credit note took back later stays one."""
    invoice_id = func.coalesce(OF_INVOICE, CreditNote.invoice_id).label("invoice_id")
    receivable, by_note = Posting.account == Account.RECEIVABLE, Posting.credit_note_id.is_not(None)
    lost = func.sum(case(((Posting.account == Account.BAD_DEBT) & ~by_note, Posting.minor), else_=0))
    by_payment = receivable & OF_PAYMENT.is_not(None)
    of_it: list[ColumnElement[bool]] = [Posting.account.in_(ACCOUNTS)]
    if of_one:
        of_it.append(Posting.workspace_id == bindparam("workspace_id"))
    return (
        select(
            Posting.workspace_id,
            invoice_id,
            (func.sum(case((by_payment, -Posting.minor), else_=0)) - lost).label("settled"),
            lost.label("lost"),
            func.sum(case((receivable & by_note, -Posting.minor), else_=0)).label("credited"),
            func.sum(case((receivable, Posting.minor), else_=0)).label("open"),
        )
        .outerjoin(
            CreditNote,
            (CreditNote.workspace_id == Posting.workspace_id) & (CreditNote.id == Posting.credit_note_id),
        )
        .where(*of_it)
        .group_by(Posting.workspace_id, invoice_id)
        .subquery()
    )
