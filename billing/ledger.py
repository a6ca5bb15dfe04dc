"""Bookings: every entry sums to zero, and a property's credit balance is a sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from billing.models.base import new_id
from billing.models.ledger import Account, Posting
from billing.models.payments import Payment
from billing.models.properties import Property
from billing.models.refunds import Refund
from billing.queries.ledger import balance_parts
from billing.upgrades import writes_short
from billing.values.documents import InvoiceDocument
from billing.values.money import Money


def invoice_postings(invoice: dict[str, Any], net: int, tax: int, *, short: bool) -> list[dict[str, Any]]:
    """What the property owes from now on, and for what: rows beside the invoice's, under its id."""
    amounts = {Account.RECEIVABLE: net + tax, Account.REVENUE: -net, Account.TAX: -tax}
    return _entry(
        invoice["workspace_id"],
        invoice["property_id"],
        invoice["currency"],
        invoice["issued_at"],
        amounts,
        invoice["id"],
        invoice_id=None if short else invoice["id"],
    )


def credit_note_postings(note: dict[str, Any], document: InvoiceDocument) -> list[dict[str, Any]]:
    """What was sold is sold no more: it is owed, lost, sent back, or the property's credit."""
    amounts = {
        Account.REVENUE: document.net.minor,
        Account.TAX: document.tax.minor,
        Account.RECEIVABLE: -note["owed_minor"],
        Account.BAD_DEBT: -note["lost_minor"],
        Account.REFUND: -note["refund_minor"],
        Account.CREDIT: -note["balance_minor"],
    }
    return _entry(
        note["workspace_id"],
        note["property_id"],
        note["currency"],
        note["issued_at"],
        amounts,
        credit_note_id=note["id"],
    )


def book_payment(session: Session, payment: Payment, at: datetime) -> None:
    """The gateway holds the amount, the credit balance has given its part, nothing is owed but what is carried on.

    That is booked once, under the payment's id.
    """
    amounts = {
        Account.CASH: payment.minor,
        Account.CREDIT: payment.credit_minor,
        Account.CARRIED: payment.carried_minor,
        Account.RECEIVABLE: -payment.owed_minor,
    }
    _book_for(session, payment, at, amounts, payment.id)


def book_late_payment(session: Session, payment: Payment, at: datetime) -> None:
    """Money came for something that is decided already: it belongs to the property, as credit."""
    _book_for(session, payment, at, {Account.CASH: payment.minor, Account.CREDIT: -payment.minor})


def book_loss(session: Session, payment: Payment, at: datetime) -> None:
    """Nobody will pay the invoice any more."""
    owed = payment.owed_minor
    _book_for(session, payment, at, {Account.BAD_DEBT: owed, Account.RECEIVABLE: -owed})


def book_loss_of_carried(session: Session, prop: Property, at: datetime) -> None:
    """What was too little to charge is on no invoice any more: the property goes."""
    owed = balances_of(session, prop.workspace_id, prop.id, prop.currency).carried.minor
    amounts = {Account.BAD_DEBT: owed, Account.CARRIED: -owed}
    entry = _entry(prop.workspace_id, prop.id, prop.currency, at, amounts)
    session.add_all(Posting(**posting) for posting in entry)


def book_refund(session: Session, refund: Refund, at: datetime) -> None:
    """The gateway gives back what credit notes have promised, and what stood to the property's credit."""
    _book_refund(session, refund, at, 1)


def book_refund_sent_back(session: Session, refund: Refund, at: datetime) -> None:
    """The gateway has the money again that it gave back: it is promised, and credit, as before."""
    _book_refund(session, refund, at, -1)


def _book_refund(session: Session, refund: Refund, at: datetime, sign: int) -> None:
    amounts = {
        Account.CASH: -refund.minor * sign,
        Account.REFUND: refund.promised_minor * sign,
        Account.CREDIT: (refund.minor - refund.promised_minor) * sign,
    }
    entry = _entry(refund.workspace_id, refund.property_id, refund.currency, at, amounts, refund_id=refund.id)
    session.add_all(Posting(**posting) for posting in entry)


def book_forfeit(session: Session, prop: Property, credit: Money, at: datetime) -> None:
    """The owner gives up what stands to the property's credit."""
    amounts = {Account.CREDIT: credit.minor, Account.FORFEITED: -credit.minor}
    entry = _entry(prop.workspace_id, prop.id, credit.currency, at, amounts)
    session.add_all(Posting(**posting) for posting in entry)


@dataclass(frozen=True, slots=True)
class Balances:
    """What a property has to its credit, and what it owes of former invoices because it was too little to charge."""

    credit: Money
    carried: Money


def balances_of(session: Session, workspace_id: str, property_id: str, currency: str) -> Balances:
    """The credit less what open payments hold back and refunds give back; the rest less what is charged of it."""
    of_it = {"workspace_id": workspace_id, "property_id": property_id, "currency": currency}
    *credit, booked, charged = (int(each or 0) for each in session.execute(balance_parts(), of_it).one())
    return Balances(Money(-sum(credit), currency), Money(booked + charged, currency))


def credit_balance(session: Session, workspace_id: str, property_id: str, currency: str) -> Money:
    """What the property has to its credit, as `balances_of` says."""
    return balances_of(session, workspace_id, property_id, currency).credit


def _book_for(
    session: Session,
    payment: Payment,
    at: datetime,
    amounts: Mapping[Account, int],
    entry_id: str | None = None,
) -> None:
    is_named = entry_id is not None and writes_short(session)
    entry = _entry(
        payment.workspace_id,
        payment.property_id,
        payment.currency,
        at,
        amounts,
        entry_id,
        invoice_id=payment.invoice_id,
        payment_id=None if is_named else payment.id,
    )
    session.add_all(Posting(**posting) for posting in entry)


def _entry(
    workspace_id: str,
    property_id: str,
    currency: str,
    at: datetime,
    amounts: Mapping[Account, int],
    entry_id: str | None = None,
    *,
    invoice_id: str | None = None,
    payment_id: str | None = None,
    refund_id: str | None = None,
    credit_note_id: str | None = None,
) -> list[dict[str, Any]]:
    entry_id = new_id("ent") if entry_id is None else entry_id
    return [
        {
            "workspace_id": workspace_id,
            "entry_id": entry_id,
            "line": line,
            "property_id": property_id,
            "account": account,
            "currency": currency,
            "minor": minor,
            "at": at,
            "invoice_id": invoice_id,
            "payment_id": payment_id,
            "refund_id": refund_id,
            "credit_note_id": credit_note_id,
        }
        for line, (account, minor) in enumerate(amounts.items(), start=1)
        if minor != 0  # which is true of what stands for many amounts, as in bulk
    ]
