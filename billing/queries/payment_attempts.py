"""Payment attempts: the newest of a payment, and those that are on their way."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, select

from billing.models import Payment, PaymentAttempt
from billing.models.payments import AttemptState, PaymentKind


@cache
def newest_attempt() -> Select[PaymentAttempt]:
    """The newest try to collect `payment_id`."""
    return (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.workspace_id == bindparam("workspace_id"),
            PaymentAttempt.payment_id == bindparam("payment_id"),
        )
        .order_by(PaymentAttempt.number.desc())
        .limit(1)
    )


@cache
def attempts_of_payment() -> Select[PaymentAttempt]:
    """All tries to collect `payment_id`, oldest first."""
    return (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.workspace_id == bindparam("workspace_id"),
            PaymentAttempt.payment_id == bindparam("payment_id"),
        )
        .order_by(PaymentAttempt.number)
    )


@cache
def sent_for_renewal() -> Select[str]:
    """One try to collect a renewal of `subscription_id` that the gateway has not answered."""
    return (
        select(PaymentAttempt.id)
        .join(
            Payment,
            (Payment.workspace_id == PaymentAttempt.workspace_id) & (Payment.id == PaymentAttempt.payment_id),
        )
        .where(
            Payment.workspace_id == bindparam("workspace_id"),
            Payment.subscription_id == bindparam("subscription_id"),
            Payment.kind == PaymentKind.RENEWAL,
            PaymentAttempt.state == AttemptState.SENT,
        )
        .limit(1)
    )


def is_newest() -> ColumnElement[bool]:
    """Joins the newest attempt of a payment."""
    newest = (
        select(func.max(PaymentAttempt.number))
        .where(
            PaymentAttempt.workspace_id == Payment.workspace_id,
            PaymentAttempt.payment_id == Payment.id,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    return and_(
        PaymentAttempt.workspace_id == Payment.workspace_id,
        PaymentAttempt.payment_id == Payment.id,
        PaymentAttempt.number == newest,
    )
