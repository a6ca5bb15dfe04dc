"""Which subscriptions of a property are invoiced, and which of them go by its billing profile."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, select

from billing.models import Subscription
from billing.models.subscriptions import Status
from billing.queries.subscriptions import OF_PROPERTY, WHOLE_SUBSCRIPTION

INVOICED = (*OF_PROPERTY, Subscription.status != Status.ABANDONED)
FOLLOWS = (*INVOICED, Subscription.has_own_buyer.is_(False))


@cache
def billed() -> Select[Subscription]:
    """The subscriptions of `property_id` whole, oldest first, that are or may again be invoiced to somebody."""
    return (
        select(Subscription)
        .where(*INVOICED)
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def ids_following() -> Select[str]:
    """Which of them go by the billing profile of the property, in their order."""
    return select(Subscription.id).where(*FOLLOWS).order_by(Subscription.id)


@cache
def following() -> Select[Subscription]:
    """The same, whole."""
    return select(Subscription).where(*FOLLOWS).options(*WHOLE_SUBSCRIPTION).order_by(Subscription.id)
