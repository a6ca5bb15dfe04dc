"""Subscriptions: whole, by member, by property, by who and what pays; and what is written past their versions."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Update,
    bindparam,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from billing.models import (
    AddOn,
    Member,
    Payment,
    Person,
    Plan,
    Price,
    Property,
    Subscription,
    UsageCounter,
)
from billing.models.payments import PaymentKind, PaymentState
from billing.models.subscriptions import LIVING, OVER, Status
from billing.queries.situations import beside
from billing.values.actors import Role

OF_CYCLE = (
    (UsageCounter.workspace_id == Subscription.workspace_id)
    & (UsageCounter.subscription_id == Subscription.id)
    & (UsageCounter.cycle_start_at == Subscription.period_start_at)
)
# What need not be there is joined by outer joins alone: of an inner one among them SQLite makes all rows first.
WHOLE_SUBSCRIPTION = (
    joinedload(Subscription.prop, innerjoin=True),
    joinedload(Subscription.price, innerjoin=True)
    .joinedload(Price.plan, innerjoin=True)
    .joinedload(Plan.add_on),
    joinedload(Subscription.billing_admin, innerjoin=True),
    joinedload(Subscription.receipts_member).joinedload(Member.person),
    joinedload(Subscription.payment_method),
    joinedload(Subscription.backup_method),
)
OF_PROPERTY = (
    Subscription.workspace_id == bindparam("workspace_id"),
    Subscription.property_id == bindparam("property_id"),
)
OWED = Subscription.payments.any(Payment.state == PaymentState.OPEN)
# Not over, or something is to be paid for it.
MATTERS = or_(Subscription.status.not_in(OVER), OWED)
OF_SUBSCRIPTION = (
    Subscription.workspace_id == bindparam("workspace_id"),
    Subscription.id == bindparam("subscription_id"),
)


@cache
def subscription_of_member() -> Select[Subscription, Role]:
    """The subscription `subscription_id` whole, and the role, if the person `user_id` belongs to its property."""
    return (
        select(Subscription, Member.role)
        .join(Subscription.members)
        .join(Member.person)
        .join(Subscription.prop)
        .where(
            Property.deleted_at.is_(None),
            Person.deactivated_at.is_(None),
            *OF_SUBSCRIPTION,
            Member.user_id == bindparam("user_id"),
        )
        .options(*WHOLE_SUBSCRIPTION)
    )


@cache
def subscription_of_seller() -> Select[Subscription]:
    """The subscription whole, whoever is in its property: the seller sold it."""
    return select(Subscription).where(*OF_SUBSCRIPTION).options(*WHOLE_SUBSCRIPTION)


@cache
def bought() -> Select[*tuple[Any, ...]]:
    """The subscriptions of `property_id` whole, oldest first, ended ones too, each with what stands beside it.

    And with what was used of it in its cycle. Not those whose purchase is not paid.
    """
    return (
        beside(select(Subscription, UsageCounter.used))
        .outerjoin(UsageCounter, OF_CYCLE)
        .where(*OF_PROPERTY, Subscription.status.not_in([Status.INCOMPLETE, Status.ABANDONED]))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def living() -> Select[*tuple[Any, ...]]:
    """The living subscriptions of `property_id` whole, each with what stands beside it."""
    return (
        beside(select(Subscription))
        .where(*OF_PROPERTY, Subscription.status.in_(LIVING))
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.due_at, Subscription.id)
    )


@cache
def running() -> Select[str]:
    """The subscription of `property_id` to `add_on_id` that is not over, or that is being paid to live again."""
    restarting = Subscription.payments.any(
        (Payment.kind == PaymentKind.RESTART) & (Payment.state == PaymentState.OPEN)
    )
    return select(Subscription.id).where(
        *OF_PROPERTY,
        Subscription.add_on_id == bindparam("add_on_id"),
        or_(Subscription.status.not_in(OVER), restarting),
    )


@cache
def tried_add_ons() -> Select[str]:
    """The add-ons of which `property_id` had its free trial, or has one that was taken elsewhere and came to it."""
    return select(Subscription.add_on_id).where(
        Subscription.workspace_id == bindparam("workspace_id"),
        Subscription.trial_property_id.is_not(None),
        or_(
            Subscription.property_id == bindparam("property_id"),
            Subscription.trial_property_id == bindparam("property_id"),
        ),
    )


@cache
def keeping() -> Select[Subscription]:
    """The subscriptions of `property_id`, whole, for which it is kept: not over, or something is to be paid."""
    return (
        select(Subscription)
        .where(*OF_PROPERTY, MATTERS)
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def new_subscription() -> Select[Subscription]:
    """The subscription `subscription_id`, which this session made, read whole."""
    return (
        select(Subscription)
        .where(*OF_SUBSCRIPTION)
        .options(*WHOLE_SUBSCRIPTION)
        .execution_options(populate_existing=True)
    )


@cache
def whole_among() -> Select[Subscription]:
    """Which of `ids` are subscriptions', whole."""
    return (
        select(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.id.in_(bindparam("ids", expanding=True)),
        )
        .options(*WHOLE_SUBSCRIPTION)
    )


@cache
def receipts_refused() -> Select[*tuple[Any, ...]]:
    """Those of `bought` whose last receipt a mail server refused."""
    return bought().where(Subscription.receipts_refused_at.is_not(None))


@cache
def running_of() -> Select[Subscription]:
    """The subscriptions of `property_id` that are not over, oldest first."""
    return (
        select(Subscription)
        .where(*OF_PROPERTY, Subscription.status.not_in(OVER))
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def paid_by() -> Select[Subscription]:
    """The subscriptions, whole, that the person `user_id` pays for: not over, or something is to be paid."""
    return _of_person(Subscription.billing_admin_id)


@cache
def ids_paid_by() -> Select[str]:
    """The ids of the same, in their order."""
    return (
        select(Subscription.id)
        .where(
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.billing_admin_id == bindparam("user_id"),
            MATTERS,
        )
        .order_by(Subscription.id)
    )


@cache
def receipts_of() -> Select[Subscription]:
    """The same of those whose receipts go to that person."""
    return _of_person(Subscription.receipts_to_user_id)


def _of_person(column: InstrumentedAttribute[Any]) -> Select[Subscription]:
    return (
        select(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace_id"), column == bindparam("user_id"), MATTERS
        )
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.property_id, Subscription.purchased_at, Subscription.id)
    )


@cache
def paid_by_people() -> Select[str, str]:
    """Which of `user_ids` pays for which add-on of `property_id`, by name: it is not over, or they restart it."""
    of_property = select(AddOn.name.label("add_on")).join(Subscription.add_on).where(*OF_PROPERTY)
    paying, restarting = Subscription.billing_admin_id.label("user_id"), Payment.requested_by.label("user_id")
    among: BindParameter[str] = bindparam("user_ids", expanding=True)
    found = union_all(
        of_property.add_columns(paying).where(paying.in_(among), Subscription.status.not_in(OVER)),
        of_property.add_columns(restarting)
        .join(Subscription.payments)
        .where(
            restarting.in_(among), Payment.kind == PaymentKind.RESTART, Payment.state == PaymentState.OPEN
        ),
    ).subquery()
    return select(found.c.user_id, found.c.add_on).order_by(found.c.add_on)


@cache
def due_since() -> Select[datetime | None]:
    """Since when the oldest cycle of `workspace_id` is due at `now`."""
    return select(func.min(Subscription.due_at)).where(
        Subscription.workspace_id == bindparam("workspace_id"),
        Subscription.status.in_(LIVING),
        Subscription.due_at <= bindparam("now"),
    )


@cache
def mark_receipts_refused() -> Update:
    """Writes `at` on the subscription, unless a refusal is known of it already."""
    return _receipts(Subscription.receipts_refused_at.is_(None), bindparam("at"))


@cache
def mark_receipts_taken() -> Update:
    """No refusal is known of the subscription any more."""
    return _receipts(Subscription.receipts_refused_at.is_not(None), None)


def past_version(**values: BindParameter[Any] | None) -> Update:
    """Writes these of the `subscription` of that `workspace`, past its version: it makes nobody's open form stale."""
    return (
        update(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace"), Subscription.id == bindparam("subscription")
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _receipts(which: ColumnElement[bool], refused_at: BindParameter[datetime] | None) -> Update:
    return past_version(receipts_refused_at=refused_at).where(which)
