"""Subscriptions: whole, by member, by property; and what is written past their versions."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, Update, bindparam, exists, or_, select, update
from sqlalchemy.orm import joinedload, load_only

from billing.models import (
    Member,
    Payment,
    Plan,
    Price,
    Property,
    Subscription,
)
from billing.models.payments import PaymentKind, PaymentState
from billing.models.subscriptions import OVER, Status
from billing.queries.situations import beside
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
def bought() -> Select[*tuple[Any, ...]]:
    """The subscriptions of `property_id` whole, oldest first, ended ones too, each with what stands beside it.

    Not those whose purchase is not paid.
    """
    return (
        beside(select(Subscription))
        .where(*OF_PROPERTY, Subscription.status.not_in([Status.INCOMPLETE, Status.ABANDONED]))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def running() -> Select[str]:
    """The subscription of `property_id` to `add_on_id` that is not over, or that is being paid to live again."""
    restarting = exists().where(
        Payment.workspace_id == Subscription.workspace_id,
        Payment.subscription_id == Subscription.id,
        Payment.kind == PaymentKind.RESTART,
        Payment.state == PaymentState.OPEN,
    )
    return select(Subscription.id).where(
        *OF_PROPERTY,
        Subscription.add_on_id == bindparam("add_on_id"),
        or_(Subscription.status.not_in(OVER), restarting),
    )


@cache
def keeping() -> Select[Subscription]:
    """The subscriptions of `property_id`, whole, for which it is kept: not over, or something is to be paid."""
    owed = exists().where(
        Payment.workspace_id == Subscription.workspace_id,
        Payment.subscription_id == Subscription.id,
        Payment.state == PaymentState.OPEN,
    )
    return (
        select(Subscription)
        .where(*OF_PROPERTY, or_(Subscription.status.not_in(OVER), owed))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def failed_subscription() -> Select[Subscription]:
    """The subscription `subscription_id`, locked, with no more of its row than waiting needs.

    The rest may be what cannot be read.
    """
    return (
        select(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.id == bindparam("subscription_id"),
        )
        .options(load_only(Subscription.due_failures, Subscription.version))
        .with_for_update(skip_locked=True)
    )


@cache
def mark_receipts_refused() -> Update:
    """Writes `at` on the subscription, unless a refusal is known of it already."""
    return _receipts(Subscription.receipts_refused_at.is_(None), bindparam("at"))


@cache
def mark_receipts_taken() -> Update:
    """No refusal is known of the subscription any more."""
    return _receipts(Subscription.receipts_refused_at.is_not(None), None)


def _receipts(which: ColumnElement[bool], refused_at: BindParameter[datetime] | None) -> Update:
    """Past its version: nobody's open form is made stale by a mail."""
    return (
        update(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace"), Subscription.id == bindparam("subscription")
        )
        .where(which)
        .values(receipts_refused_at=refused_at)
        .execution_options(synchronize_session=False)
    )
