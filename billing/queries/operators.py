"""What somebody of the seller's looks for, in whatever workspace."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Select, bindparam, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from billing.models import Invoice, Plan, Price, Property, Subscription, Workspace
from billing.models.states import Status


@cache
def customers_found() -> Select[Property, str]:
    """Properties whose name, id or workspace fits `pattern` (of LIKE, with / before its signs), or is `words`."""
    named = (Property.name, Workspace.name)
    identified = (Property.id, Workspace.id)
    return (
        select(Property, Workspace.name)
        .join(Workspace, Workspace.id == Property.workspace_id)
        .where(
            or_(
                *(column.ilike(bindparam("pattern"), escape="/") for column in named),
                *(column == bindparam("words") for column in identified),
            )
        )
        .order_by(_is_other(*named), Property.name, Workspace.name, Property.workspace_id, Property.id)
        .limit(bindparam("size"))
    )


@cache
def trials_found() -> Select[Subscription, Property, str]:
    """The free trials that go on, of properties that fit `pattern` as above; those that end first come first.

    Before all others stand those of properties or workspaces that are called `words`.
    """
    named = (Property.name, Workspace.name)
    return (
        select(Subscription, Property, Workspace.name)
        .join(
            Property,
            (Property.workspace_id == Subscription.workspace_id) & (Property.id == Subscription.property_id),
        )
        .join(Workspace, Workspace.id == Property.workspace_id)
        .where(
            Subscription.status == Status.TRIALING,
            Subscription.cancelled_at.is_(None),
            or_(*(column.ilike(bindparam("pattern"), escape="/") for column in named)),
        )
        .options(joinedload(Subscription.price).joinedload(Price.plan).joinedload(Plan.add_on))
        .order_by(_is_other(*named), Subscription.period_end_at, Subscription.workspace_id, Subscription.id)
        .limit(bindparam("size"))
    )


@cache
def customers_invoiced() -> Select[Property, str, Invoice]:
    """The invoices whose number or id is `words`, with the property that they were issued to."""
    return (
        select(Property, Workspace.name, Invoice)
        .join(Workspace, Workspace.id == Property.workspace_id)
        .join(
            Invoice,
            (Invoice.workspace_id == Property.workspace_id) & (Invoice.property_id == Property.id),
        )
        .where(or_(Invoice.number == bindparam("words"), Invoice.id == bindparam("words")))
        .order_by(Property.name, Property.workspace_id, Invoice.id)
        .limit(bindparam("size"))
    )


def _is_other(*names: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether none of them is the whole of `words`: whoever has typed all of a name cannot type more of it."""
    return not_(or_(*(func.lower(name) == func.lower(bindparam("words")) for name in names)))
