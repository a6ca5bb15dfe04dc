"""Properties: several, locked in the order in which everybody locks them."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import Property
from billing.models.properties import PROPERTY_LOCK


@cache
def properties_of() -> Select[Property]:
    """All properties that the workspace ever had, by name."""
    return (
        select(Property)
        .where(Property.workspace_id == bindparam("workspace_id"))
        .order_by(Property.name, Property.id)
    )


@cache
def locked_properties() -> Select[Property]:
    """The properties `property_ids`, locked, in the order of their ids."""
    return (
        select(Property)
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.id.in_(bindparam("property_ids", expanding=True)),
        )
        .order_by(Property.id)
        .with_for_update(**PROPERTY_LOCK)
    )
