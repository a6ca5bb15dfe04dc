"""What an operator looks up of a payment, in whatever workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.models import Payment, PaymentAttempt
from billing.payments.collection import snapshot
from billing.queries.payment_attempts import attempt_and_cards, attempts_of_payment
from billing.queries.payments import payments_with_id
from billing.services.lookups import written
from billing.values.money import Money
from billing.values.refusals import NotFound
from billing.work import Billing


@dataclass(frozen=True, slots=True)
class Try:
    """One try to collect a payment."""

    number: int
    state: str
    card: str
    amount: str
    sent_at: datetime
    decided_at: datetime | None
    reason: str | None
    gateway_id: str | None


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment with all that was tried to collect it. `credit` is what the property's credit balance pays of it."""

    workspace_id: str
    payment_id: str
    property_id: str
    subscription_id: str
    invoice_number: str | None
    kind: str
    state: str
    dispute: str | None
    amount: str
    credit: str
    gateway_id: str | None
    created_at: datetime
    decided_at: datetime | None
    next_try_at: datetime | None
    tries: tuple[Try, ...]


def payment(billing: Billing, payment_id: str) -> PaymentRecord:
    """Raises NotFound."""
    with billing.read("payments.show") as work:
        found = work.session.scalars(payments_with_id(), {"payment_id": payment_id}).one_or_none()
        if found is None:
            raise NotFound("payment")
        of_it = {"workspace_id": found.workspace_id, "payment_id": found.id}
        tries = tuple(_try(one, found) for one in work.session.scalars(attempts_of_payment(), of_it))
        standing = snapshot(work.session, found, *attempt_and_cards(work.session, found), work.retry_days)
        return _payment(found, tries, standing.try_at)


def _payment(found: Payment, tries: tuple[Try, ...], try_at: datetime | None) -> PaymentRecord:
    return PaymentRecord(
        workspace_id=found.workspace_id,
        payment_id=found.id,
        property_id=found.property_id,
        subscription_id=found.subscription_id,
        invoice_number=found.invoice.number if found.invoice else None,
        kind=str(found.kind),
        state=str(found.state),
        dispute=str(found.dispute) if found.dispute else None,
        amount=written(found.amount),
        credit=written(Money(found.credit_minor, found.currency)),
        gateway_id=found.gateway_id,
        created_at=found.created_at,
        decided_at=found.decided_at,
        next_try_at=try_at,
        tries=tries,
    )


def _try(one: PaymentAttempt, of: Payment) -> Try:
    return Try(
        number=one.number,
        state=str(one.state),
        card=one.card,
        amount=written(one.amount_of(of)),
        sent_at=one.sent_at,
        decided_at=one.decided_at,
        reason=one.reason,
        gateway_id=one.gateway_id,
    )
