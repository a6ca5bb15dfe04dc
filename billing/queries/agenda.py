"""The agenda: what falls due for living plans, and which renewals are still to be collected."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from billing.models import Payment, PaymentAttempt, Subscription
from billing.models.base import UtcDateTime
from billing.models.payments import PaymentKind, PaymentState
from billing.models.subscriptions import LIVING
from billing.queries.payment_attempts import is_newest
from billing.queries.subscriptions import OF_PROPERTY, WHOLE_SUBSCRIPTION

OF_WORKSPACE = OF_PROPERTY[:1]
AFTER_NOW = bindparam("now", type_=UtcDateTime())


@cache
def coming(*, of_property: bool) -> Select[Subscription]:
    """The first `limit` living subscriptions of `property_id`, or of the workspace, whole, soonest first."""
    return (
        select(Subscription)
        .where(*_whose(of_property), Subscription.status.in_(LIVING))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.due_at, Subscription.id)
        .limit(bindparam("limit"))
    )


@cache
def uncollected(*, of_property: bool) -> Select[Payment, PaymentAttempt | None, Subscription]:
    """The renewals that are not decided, oldest first, each with its newest try and its subscription."""
    return (
        select(Payment, PaymentAttempt, Subscription)
        .select_from(Subscription)
        .join(Subscription.payments)
        .outerjoin(Payment.attempts.and_(is_newest()))
        .where(*_whose(of_property), Payment.state == PaymentState.OPEN, Payment.kind == PaymentKind.RENEWAL)
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Payment.created_at, Payment.id)
    )


@cache
def next_cycle() -> Select[datetime | None]:
    """When after `now` the next cycle of the workspace is over."""
    return select(func.min(Subscription.due_at)).where(
        *OF_WORKSPACE, Subscription.status.in_(LIVING), Subscription.due_at > AFTER_NOW
    )


@cache
def next_day() -> Select[datetime | None]:
    """When after `now` the next day of the schedule comes for a payment of the workspace, with a try or without."""
    return select(func.min(Payment.next_try_at)).where(
        Payment.workspace_id == bindparam("workspace_id"),
        Payment.state == PaymentState.OPEN,
        Payment.next_try_at > AFTER_NOW,
    )


def _whose(of_property: bool) -> tuple[ColumnElement[bool], ...]:
    return OF_PROPERTY if of_property else OF_WORKSPACE
