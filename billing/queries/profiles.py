"""Which subscriptions of a property are invoiced, and which of them go by its billing profile."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, select

from billing.models import Subscription
from billing.models.subscriptions import Status
from billing.queries.subscriptions import OF_PROPERTY, WHOLE_SUBSCRIPTION


@cache
def billed() -> Select[Subscription]:
    """The subscriptions of `property_id` whole, oldest first, that are or may again be invoiced to somebody."""
    return (
        select(Subscription)
        .where(*OF_PROPERTY, Subscription.status != Status.ABANDONED)
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def following() -> Select[Subscription]:
    """Those of them, by id, that go by the billing profile of the property."""
    return (
        select(Subscription)
        .where(
            *OF_PROPERTY,
            Subscription.status != Status.ABANDONED,
            Subscription.has_own_buyer.is_(False),
        )
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.id)
    )
