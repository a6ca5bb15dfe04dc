"""Billing contacts of a property, and whether mail can reach them now."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, and_, bindparam, delete, func, or_, select

from billing.models import BillingContact, Member, OutboxMessage, Person, Subscription
from billing.models.subscriptions import Status
from billing.queries.members import IS_HERE, READS
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.values.outbox import Audience

C = BillingContact
OF_PROPERTY = (C.workspace_id == bindparam("workspace_id"), C.property_id == bindparam("property_id"))
# The person of a contact who is a member of the property now, and may see its billing.
AS_MEMBER = and_(
    Member.workspace_id == C.workspace_id,
    Member.property_id == C.property_id,
    Member.user_id == C.user_id,
    READS,
)
AS_PERSON = and_(Person.workspace_id == Member.workspace_id, Person.user_id == Member.user_id, IS_HERE)


def _with_person() -> Select[BillingContact, Person]:
    """Each with its person; None for an address typed by hand, and for who left or may not see billing any more."""
    return select(C, Person).select_from(C).outerjoin(Member, AS_MEMBER).outerjoin(Person, AS_PERSON)


@cache
def contacts_of() -> Select[BillingContact, Person]:
    """The contacts of `property_id`, oldest first."""
    return _with_person().where(*OF_PROPERTY).order_by(C.added_at, C.id)


@cache
def contact_with_person() -> Select[BillingContact, Person]:
    """The contact `contact_id` of `workspace_id`."""
    return _with_person().where(C.workspace_id == bindparam("workspace_id"), C.id == bindparam("contact_id"))


@cache
def contact_at() -> Select[BillingContact]:
    """The contact of `property_id` who has that `address`."""
    return select(C).where(*OF_PROPERTY, C.address == bindparam("address"))


@cache
def receiving() -> Select[BillingContact]:
    """Those of `property_id` to whom something but the code is sent."""
    return (
        select(C)
        .where(*OF_PROPERTY, C.confirmed_at.is_not(None), C.refused_at.is_(None))
        .order_by(C.added_at, C.id)
    )


@cache
def receipts_at() -> Select[Subscription]:
    """The subscriptions of `property_id` that live and whose receipts go to `address`."""
    return (
        select(Subscription)
        .where(
            Subscription.workspace_id == bindparam("workspace_id"),
            Subscription.property_id == bindparam("property_id"),
            Subscription.receipts_to == bindparam("address"),
            Subscription.status.not_in([Status.ENDED, Status.ABANDONED]),
        )
        .options(*WHOLE_SUBSCRIPTION)
        .order_by(Subscription.purchased_at, Subscription.id)
    )


@cache
def facts_mailed() -> Select[Any]:
    """The facts of `kind` that were written `at` that moment for the `person`, to be mailed to them as themselves."""
    return select(OutboxMessage.fact).where(
        OutboxMessage.workspace_id == bindparam("workspace_id"),
        OutboxMessage.audience == Audience.MAIL_PERSON,
        OutboxMessage.address == bindparam("person"),
        OutboxMessage.kind == bindparam("kind"),
        OutboxMessage.written_at == bindparam("at", type_=OutboxMessage.written_at.type),
    )


@cache
def of_person() -> Select[*tuple[Any, ...]]:
    """Where the person is a billing contact, for a file of all that is kept of them."""
    return select(C.property_id, C.kinds, C.added_at).where(*_theirs()).order_by(C.added_at, C.id)


@cache
def forget_contacts() -> Delete:
    """The person is a contact nowhere any more."""
    return delete(C).where(*_theirs())


def _theirs() -> tuple[ColumnElement[bool], ...]:
    """Those of the person `user_id`, and of whoever has that `address`, in small letters, however it was typed."""
    typed = func.lower(C.address) == bindparam("address")
    return C.workspace_id == bindparam("workspace_id"), or_(C.user_id == bindparam("user_id"), typed)
