"""What is to be paid: shared by card, credit balance and next invoice, and kept as one payment."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Draft
from billing.invoicing.issuing import Owner
from billing.ledger import balances_of
from billing.locks import lock_property
from billing.models import Invoice, Payment, Subscription
from billing.models.base import lasting_id, new_id
from billing.models.payments import PaymentKind, PaymentState
from billing.values.charges import ChargeLimits
from billing.values.cycles import Period
from billing.values.money import Money
from billing.values.refusals import AmountNotCharged, AmountNotExact, NoPaymentMethod
from billing.values.shares import Shares
from billing.vat_numbers import rely_on

# A first payment that its payer does not finish is given up after this long.
FIRST_PAYMENT_LIMIT = timedelta(hours=23)


def payment_key_of(workspace_id: str, subject_id: str, act: str, key: str) -> str:
    """The key of a payment: one confirmation of one act on one thing is one payment, however often it is sent."""
    return hashlib.sha256(f"{workspace_id} {subject_id} {act} {key}".encode()).hexdigest()


def renewal_payment_id(workspace_id: str, subscription_id: str, period: Period) -> str:
    """That of the payment for the subscription's period, in restored books too: by it the gateway knows them."""
    return lasting_id("pay", period.start_at, f"{workspace_id} {subscription_id}")


def shares_of(session: Session, limits: ChargeLimits, subscription: Subscription, total: Money) -> Shares:
    """The credit balance pays first, then the card.

    The property stays locked to the end of the transaction, so that no credit is promised twice.
    """
    prop = (subscription.workspace_id, subscription.property_id)
    lock_property(session, *prop)
    has = balances_of(session, *prop, total.currency)
    return Shares.split(total.minor, has.credit.minor, has.carried.minor, limits)


def open_payment(
    session: Session,
    subscription: Subscription,
    kind: PaymentKind,
    draft: Draft,
    shares: Shares,
    *,
    key: str,
    requested_by: str,
    at: datetime,
    invoice: Invoice | None = None,
    id_: str | None = None,
) -> Payment:
    """One amount to collect, shared as it says."""
    row = payment_row(
        Owner(subscription.workspace_id, subscription.property_id, subscription.id),
        kind,
        draft.document.currency,
        draft=draft,
        shares=shares,
        key=key,
        payment_method_id=subscription.payment_method_id,
        requested_by=requested_by,
        at=at,
        invoice_id=invoice.id if invoice else None,
        id_=id_,
    )
    payment = Payment(**row)
    session.add(payment)
    return payment


def refuse_unless_charged_exactly(total: Money, limits: ChargeLimits) -> None:
    """What is about to be bought is charged as invoiced; what runs already may carry a rest to its next invoice.

    Raises AmountNotCharged where the total is below the least charge or above the most, AmountNotExact where it is
    between two steps.
    """
    if total.minor > limits.most:
        raise AmountNotCharged(total, Money(limits.most, total.currency))
    if total.minor > 0 and not limits.chargeable(total.minor):
        raise AmountNotCharged(total, Money(limits.least, total.currency))
    if total.minor % limits.step:
        raise AmountNotExact(total, Money(limits.step, total.currency))


def open_first_payment(
    session: Session,
    limits: ChargeLimits,
    subscription: Subscription,
    kind: PaymentKind,
    draft: Draft,
    *,
    key: str,
    requested_by: str,
    at: datetime,
    needs_card: bool = True,
) -> tuple[Payment, int]:
    """The same for what is issued when it is paid; with it what is left of the credit balance then.

    Raises InvoiceIncomplete where it could not be, VatNumberInvalid where VIES said so of its buyer, NoPaymentMethod
    where a total above zero has no card, AmountNotCharged where the gateway takes no charge of so much, or so little
    for what is bought or restarted, and AmountNotExact where that is between two amounts that it takes.
    """
    draft.refuse_if_incomplete()
    document, total = draft.document, draft.document.total
    for group in document.taxes:
        rely_on(session, subscription.workspace_id, document.buyer.vat_number, group.note, at)
    if needs_card and total.minor > 0 and subscription.payment_method is None:
        raise NoPaymentMethod(subscription.id if kind is not PaymentKind.PURCHASE else "")
    shares = shares_of(session, limits, subscription, total)
    if shares.card > limits.most:
        raise AmountNotCharged(total, Money(limits.most, total.currency))
    if kind is not PaymentKind.CHANGE:
        refuse_unless_charged_exactly(total, limits)
    payment = open_payment(
        session, subscription, kind, draft, shares, key=key, requested_by=requested_by, at=at
    )
    return payment, shares.left


def payment_row(
    owner: Owner,
    kind: PaymentKind,
    currency: str,
    *,
    shares: Shares,
    key: str,
    payment_method_id: str | None,
    requested_by: str,
    at: datetime,
    invoice_id: str | None,
    draft: Draft | None = None,
    id_: str | None = None,
) -> dict[str, Any]:
    """The row of an open payment, as values of its columns; with a new id, unless one is given.

    But for a renewal's it keeps the `draft`, which is issued once it is paid.
    """
    first = kind is not PaymentKind.RENEWAL
    return {
        "workspace_id": owner.workspace_id,
        "id": new_id("pay") if id_ is None else id_,
        "property_id": owner.property_id,
        "subscription_id": owner.subscription_id,
        "invoice_id": invoice_id,
        "kind": kind,
        "state": PaymentState.OPEN,
        "key": key,
        "draft": draft.as_json() if draft and first else None,
        "currency": currency,
        "minor": shares.card,
        "credit_minor": shares.credit,
        "carried_minor": shares.carried,
        "payment_method_id": payment_method_id,
        "requested_by": requested_by,
        "created_at": at,
        "expires_at": at + FIRST_PAYMENT_LIMIT if first else None,
        "next_try_at": at,
        "tries": 0,
        "decided_at": None,
    }
