"""Who belongs to which property, in which role."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select

from billing.models import (
    Member,
    Person,
    Property,
)
from billing.values.actors import Role


@cache
def memberships() -> Select[Property, Role, str | None]:
    """What the person `user_id` belongs to, by name, each with the id of the property that they have chosen."""
    return (
        select(Property, Member.role, Person.chosen_property_id)
        .join(Member, (Member.workspace_id == Property.workspace_id) & (Member.property_id == Property.id))
        .join(Person, (Person.workspace_id == Member.workspace_id) & (Person.user_id == Member.user_id))
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
        )
        .order_by(Property.name, Property.id)
    )


@cache
def membership() -> Select[Property, Role]:
    """The property `property_id` and the role in it, if the person `user_id` belongs to it."""
    return (
        select(Property, Member.role)
        .join(Member, (Member.workspace_id == Property.workspace_id) & (Member.property_id == Property.id))
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            Member.user_id == bindparam("user_id"),
        )
    )


@cache
def admins_of() -> Select[str]:
    """The ids of the people who may change the billing of `property_id`."""
    return (
        select(Member.user_id)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.property_id == bindparam("property_id"),
            Member.role.in_([Role.OWNER, Role.ADMIN]),
        )
        .order_by(Member.user_id)
    )
