"""Who belongs to which property, in which role; lists of them, owners first."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, case, func, select

from billing.models import (
    Member,
    Person,
    Property,
)
from billing.queries.keys import among
from billing.values.actors import Role

# Owners, admins, accountants, agents.
RANK = case({role: number for number, role in enumerate(Role)}, value=Member.role)
# Who left, or is a guest by now, may do nothing and is told nothing.
IS_HERE = Person.deactivated_at.is_(None)
# Who may see the property's billing: an agent is a member and sees none.
READS = Member.role.in_([role for role in Role if role.reads])
OF_PROPERTY = (
    Member.workspace_id == bindparam("workspace_id"),
    Member.property_id == bindparam("property_id"),
)


@cache
def memberships() -> Select[Property, Role, str | None]:
    """What the person `user_id` belongs to, by name, each with the id of the property that they have chosen."""
    return (
        select(Property, Member.role, Person.chosen_property_id)
        .select_from(Member)
        .join(Member.prop)
        .join(Member.person)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.name, Property.id)
    )


@cache
def membership() -> Select[Property, Role]:
    """The property `property_id` and the role in it, if the person `user_id` belongs to it."""
    return (
        select(Property, Member.role)
        .select_from(Member)
        .join(Member.prop)
        .join(Member.person)
        .where(
            Property.workspace_id == bindparam("workspace_id"),
            Property.id == bindparam("property_id"),
            Property.deleted_at.is_(None),
            IS_HERE,
            Member.user_id == bindparam("user_id"),
        )
    )


@cache
def property_of_seller() -> Select[Property]:
    """The property `property_id`, for the seller, whose customer it is."""
    return select(Property).where(
        Property.workspace_id == bindparam("workspace_id"),
        Property.id == bindparam("property_id"),
        Property.deleted_at.is_(None),
    )


@cache
def admins_of() -> Select[str]:
    """The ids of the people who may change the billing of `property_id`."""
    return (
        select(Member.user_id)
        .join(Member.person)
        .where(*OF_PROPERTY, Member.role.in_([Role.OWNER, Role.ADMIN]), IS_HERE)
        .order_by(Member.user_id)
    )


@cache
def who_can_help() -> Select[str]:
    """The first `limit` people but `user_id` who may change the billing of `property_id`, owners first."""
    return (
        select(Member.user_id)
        .join(Member.person)
        .where(
            *OF_PROPERTY,
            Member.role.in_([Role.OWNER, Role.ADMIN]),
            IS_HERE,
            Member.user_id != bindparam("user_id"),
        )
        .order_by(RANK, Member.user_id)
        .limit(bindparam("limit"))
    )


@cache
def members_of() -> Select[str, str, Role, datetime | None]:
    """The members of `property_id`, owners first, then by name: id, name, role, and since when they are not here."""
    return (
        select(Member.user_id, Person.name, Member.role, Person.deactivated_at)
        .select_from(Member)
        .join(Member.person)
        .where(*OF_PROPERTY)
        .order_by(RANK, Person.name, Member.user_id)
    )


@cache
def other_owners() -> Select[int]:
    """How many owners `property_id` has beside the person `user_id`; who left cannot act as one."""
    return (
        select(func.count())
        .select_from(Member)
        .join(Member.person)
        .where(*OF_PROPERTY, Member.role == Role.OWNER, Member.user_id != bindparam("user_id"), IS_HERE)
    )


@cache
def places_of() -> Select[str]:
    """The ids of the properties to which the person `user_id` belongs."""
    return (
        select(Member.property_id)
        .where(Member.workspace_id == bindparam("workspace_id"), Member.user_id == bindparam("user_id"))
        .order_by(Member.property_id)
    )


@cache
def owner_ids() -> Select[str]:
    """The ids of the first `limit` owners of `property_id`."""
    return (
        select(Member.user_id)
        .join(Member.person)
        .where(*OF_PROPERTY, Member.role == Role.OWNER, IS_HERE)
        .order_by(Member.user_id)
        .limit(bindparam("limit"))
    )


@cache
def owned_properties() -> Select[Property, str]:
    """The properties of the workspace, oldest first, each with the id of each of its owners."""
    return (
        select(Property, Member.user_id)
        .select_from(Member)
        .join(Member.prop)
        .join(Member.person)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.role == Role.OWNER,
            Property.deleted_at.is_(None),
            IS_HERE,
        )
        .order_by(Property.created_at, Property.id, Member.user_id)
    )


@cache
def roles_of() -> Select[str, str, str, Role]:
    """Workspace, property, person and role of each of `memberships`, three ids each, that there is."""
    key = (Member.workspace_id, Member.property_id, Member.user_id)
    return select(*key, Member.role).where(among(*key, named="memberships"))


@cache
def roles_in() -> Select[str, Role]:
    """The role of the person `user_id` in each of `property_ids` to which they belong."""
    return select(Member.property_id, Member.role).where(
        Member.workspace_id == bindparam("workspace_id"),
        Member.property_id.in_(bindparam("property_ids", expanding=True)),
        Member.user_id == bindparam("user_id"),
    )


@cache
def owned() -> Select[Property]:
    """The properties that the person `user_id` owns, by name."""
    return (
        select(Property)
        .select_from(Member)
        .join(Member.prop)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.user_id == bindparam("user_id"),
            Member.role == Role.OWNER,
            Property.deleted_at.is_(None),
        )
        .order_by(Property.name, Property.id)
    )


@cache
def known_among() -> Select[str]:
    """Which of `ids` are people's."""
    return select(Person.user_id).where(
        Person.workspace_id == bindparam("workspace_id"), Person.user_id.in_(bindparam("ids", expanding=True))
    )
