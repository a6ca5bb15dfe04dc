"""Subscriptions: whole, by member, by property."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from billing.models import (
    Member,
    Plan,
    PlannedChange,
    Price,
    Property,
    Subscription,
)
from billing.models.changes import ChangeState
from billing.models.subscriptions import Status
from billing.values.actors import Role

WHOLE_SUBSCRIPTION = (
    joinedload(Subscription.prop, innerjoin=True),
    joinedload(Subscription.price, innerjoin=True)
    .joinedload(Price.plan, innerjoin=True)
    .joinedload(Plan.add_on),
    joinedload(Subscription.billing_admin, innerjoin=True),
    joinedload(Subscription.payment_method),
)
OF_PROPERTY = (
    Subscription.workspace_id == bindparam("workspace_id"),
    Subscription.property_id == bindparam("property_id"),
)


def subscriptions_of(prop: Property) -> Select[str]:
    """The ids of the property's subscriptions, whose history is its own, however they came to it."""
    return select(Subscription.id).where(
        Subscription.workspace_id == prop.workspace_id, Subscription.property_id == prop.id
    )


@cache
def subscription_of_member() -> Select[Subscription, Role]:
    """The subscription `subscription_id` whole, and the role, if the person `user_id` belongs to its property."""
    return (
        select(Subscription, Member.role)
        .join(
            Member,
            (Member.workspace_id == Subscription.workspace_id)
            & (Member.property_id == Subscription.property_id),
        )
        .join(Subscription.prop)
        .where(
            Property.deleted_at.is_(None),
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.id == bindparam("subscription_id"),
            Member.user_id == bindparam("user_id"),
        )
        .options(*WHOLE_SUBSCRIPTION)
    )


@cache
def bought() -> Select[Subscription, PlannedChange | None]:
    """The subscriptions of `property_id` whole, oldest first, ended ones too, each with the change that is pending.

    Not those whose purchase is not paid.
    """
    return (
        select(Subscription, PlannedChange)
        .outerjoin(
            PlannedChange,
            (PlannedChange.workspace_id == Subscription.workspace_id)
            & (PlannedChange.subscription_id == Subscription.id)
            & (PlannedChange.state == ChangeState.PENDING),
        )
        .where(*OF_PROPERTY, Subscription.status.not_in([Status.INCOMPLETE, Status.ABANDONED]))
        .options(
            *WHOLE_SUBSCRIPTION,
            joinedload(PlannedChange.price).joinedload(Price.plan).joinedload(Plan.add_on),
        )
        .order_by(Subscription.purchased_at, Subscription.id)
    )
