"""What an import must know of many lines at once: each statement is asked once for all lines of a batch."""

from __future__ import annotations

from functools import cache

from sqlalchemy import BindParameter, Select, bindparam, select, tuple_
from sqlalchemy.orm import joinedload

from billing.models import (
    ImportedSubscription,
    Member,
    Payment,
    PaymentMethod,
    Person,
    Plan,
    Price,
    Property,
    Subscription,
)
from billing.models.payments import PaymentKind, PaymentState
from billing.models.properties import PROPERTY_LOCK
from billing.models.subscriptions import OVER
from billing.queries.members import IS_HERE
from billing.values.actors import Role


def _keys() -> BindParameter[list[tuple[str, ...]]]:
    return bindparam("keys", expanding=True)


@cache
def imported() -> Select[ImportedSubscription]:
    """Those of the `keys` (workspace, reference) that were imported before."""
    one = ImportedSubscription
    return select(one).where(tuple_(one.workspace_id, one.reference).in_(_keys()))


@cache
def locked_properties() -> Select[Property]:
    """The properties of the `keys` (workspace, property), locked in the order that all keep to."""
    return (
        select(Property)
        .where(tuple_(Property.workspace_id, Property.id).in_(_keys()), Property.deleted_at.is_(None))
        .order_by(Property.workspace_id, Property.id)
        .with_for_update(**PROPERTY_LOCK)
        .execution_options(populate_existing=True)
    )


@cache
def properties() -> Select[Property]:
    """The same without a lock."""
    return select(Property).where(
        tuple_(Property.workspace_id, Property.id).in_(_keys()), Property.deleted_at.is_(None)
    )


@cache
def people() -> Select[str, Person, Role]:
    """Each of the `keys` (workspace, property, user) who is a member and still here, with their role."""
    return (
        select(Member.property_id, Person, Member.role)
        .join(Member.person)
        .where(tuple_(Member.workspace_id, Member.property_id, Member.user_id).in_(_keys()), IS_HERE)
    )


@cache
def running_of() -> Select[str, str, str, str]:
    """Which add-ons the properties of the `keys` have, or are about to have again: with the subscription's id."""
    restarting = Subscription.payments.any(
        (Payment.kind == PaymentKind.RESTART) & (Payment.state == PaymentState.OPEN)
    )
    one = Subscription
    return select(one.workspace_id, one.property_id, one.add_on_id, one.id).where(
        tuple_(one.workspace_id, one.property_id).in_(_keys()), one.status.not_in(OVER) | restarting
    )


@cache
def cards() -> Select[PaymentMethod]:
    """Those of the `keys` (workspace, property, token) that are saved already."""
    one = PaymentMethod
    return select(one).where(
        tuple_(one.workspace_id, one.property_id, one.token).in_(_keys()), one.removed_at.is_(None)
    )


@cache
def all_plans() -> Select[Plan]:
    """Every plan with its add-on, sold or not."""
    return select(Plan).options(joinedload(Plan.add_on))


@cache
def all_prices() -> Select[Price]:
    """Every price there is or was, those on sale first."""
    return (
        select(Price)
        .options(joinedload(Price.plan).joinedload(Plan.add_on))
        .order_by(Price.on_sale.desc(), Price.id)
    )
