"""The ledger: what a property's credit balance is made of."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, case, func, select

from billing.models import Payment, Posting, Price, Refund, Subscription
from billing.models.ledger import Account
from billing.models.payments import PaymentState
from billing.models.refunds import RefundState


@cache
def credit_parts() -> Select[*tuple[int | None, ...]]:
    """Of the credit of `property_id` in `currency`: what is booked, held by open payments, and going back."""
    return select(*_parts(bindparam("workspace_id"), bindparam("property_id"), bindparam("currency")))


def credit_of_subscription() -> ColumnElement[int]:
    """The credit balance of the subscription's property, in minor units, as a column beside it.

    Where nothing was ever booked as credit, nobody looks for what holds it.
    """
    currency = select(Price.currency).where(Price.id == Subscription.price_id).correlate(Subscription)
    of_it = (Subscription.workspace_id, Subscription.property_id, currency.scalar_subquery())
    booked, *others = (part.correlate(Subscription) for part in _parts(*of_it))
    held, going_back = (func.coalesce(part, 0) for part in others)
    return case((booked.is_(None), 0), else_=-(booked + held + going_back))


def _parts(workspace_id: Any, property_id: Any, currency: Any) -> tuple[ScalarSelect[Any], ...]:
    booked = select(func.sum(Posting.minor)).where(
        Posting.workspace_id == workspace_id,
        Posting.property_id == property_id,
        Posting.account == Account.CREDIT,
        Posting.currency == currency,
    )
    held = select(func.sum(Payment.credit_minor)).where(
        Payment.workspace_id == workspace_id,
        Payment.property_id == property_id,
        Payment.state == PaymentState.OPEN,
        Payment.currency == currency,
        Payment.credit_minor > 0,
    )
    going_back = select(func.sum(Refund.minor - Refund.promised_minor)).where(
        Refund.workspace_id == workspace_id,
        Refund.property_id == property_id,
        Refund.state == RefundState.OPEN,
        Refund.currency == currency,
    )
    return booked.scalar_subquery(), held.scalar_subquery(), going_back.scalar_subquery()
