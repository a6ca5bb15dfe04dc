"""The agenda: what falls due for living plans, and which payments are tried again."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, select

from billing.models import Payment, Subscription
from billing.models.payments import PaymentState
from billing.models.subscriptions import LIVING
from billing.queries.subscriptions import OF_PROPERTY, WHOLE_SUBSCRIPTION


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
def retries(*, of_property: bool) -> Select[Payment, Subscription]:
    """The first `limit` payments that are to be tried, each with its subscription, soonest first."""
    return (
        select(Payment, Subscription)
        .select_from(Subscription)
        .join(Subscription.payments)
        .where(*_whose(of_property), Payment.state == PaymentState.OPEN, Payment.next_try_at.is_not(None))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Payment.next_try_at, Payment.id)
        .limit(bindparam("limit"))
    )


def _whose(of_property: bool) -> tuple[ColumnElement[bool], ...]:
    return OF_PROPERTY if of_property else OF_PROPERTY[:1]
