"""The ledger: what a property's credit balance is made of."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, func, select

from billing.models import Payment, Posting, Refund
from billing.models.ledger import Account
from billing.models.payments import PaymentState
from billing.models.refunds import RefundState


@cache
def credit_parts() -> Select[int | None, int | None, int | None]:
    """Of the credit of `property_id` in `currency`: what is booked, held by open payments, and going back."""
    booked = select(func.sum(Posting.minor)).where(
        Posting.workspace_id == bindparam("workspace_id"),
        Posting.property_id == bindparam("property_id"),
        Posting.account == Account.CREDIT,
        Posting.currency == bindparam("currency"),
    )
    held = select(func.sum(Payment.credit_minor)).where(
        Payment.workspace_id == bindparam("workspace_id"),
        Payment.property_id == bindparam("property_id"),
        Payment.state == PaymentState.OPEN,
        Payment.currency == bindparam("currency"),
        Payment.credit_minor > 0,
    )
    going_back = select(func.sum(Refund.minor - Refund.promised_minor)).where(
        Refund.workspace_id == bindparam("workspace_id"),
        Refund.property_id == bindparam("property_id"),
        Refund.state == RefundState.OPEN,
        Refund.currency == bindparam("currency"),
    )
    return select(booked.scalar_subquery(), held.scalar_subquery(), going_back.scalar_subquery())
