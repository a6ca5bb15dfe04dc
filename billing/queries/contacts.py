"""Billing contacts of a property, and whether mail can reach them now."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Delete,
    Select,
    and_,
    bindparam,
    delete,
    func,
    null,
    or_,
    select,
    union_all,
)

from billing.models import BillingContact, Member, OutboxMessage, Person, Property, Subscription
from billing.models.subscriptions import Status
from billing.queries.members import IS_HERE, READS
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.values.outbox import Audience

C, M = BillingContact, OutboxMessage
# Mails of one fact are written together: between their numbers are those of what others write meanwhile, no more.
NEARBY = 1_000
GETS_MAIL = (C.confirmed_at.is_not(None), C.refused_at.is_(None))
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
def contact_to_mail() -> Select[BillingContact, Person, Property]:
    """The same with the property whose contact it is."""
    of_contact = and_(Property.workspace_id == C.workspace_id, Property.id == C.property_id)
    return contact_with_person().add_columns(Property).join(Property, of_contact)


@cache
def contact_at() -> Select[BillingContact]:
    """The contact of `property_id` who has that `address`."""
    return select(C).where(*OF_PROPERTY, C.address == bindparam("address"))


@cache
def receiving() -> Select[BillingContact]:
    """Those of `property_id` to whom something but the code is sent."""
    return select(C).where(*OF_PROPERTY, *GETS_MAIL).order_by(C.added_at, C.id)


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
def mailed_beside() -> CompoundSelect[*tuple[Any, ...]]:
    """Mails of `kind` that were written `at` one moment, with the mail `number` to a contact: to people and contacts.

    Of contacts those up to that mail, it too. Each with its fact, with the address to which it goes if it does, and
    with a contact's kinds. People are those who may read the billing of `property_id`.
    """
    person = and_(Person.workspace_id == M.workspace_id, Person.user_id == M.address, IS_HERE)
    member = and_(
        Member.workspace_id == M.workspace_id,
        Member.property_id == bindparam("property_id"),
        Member.user_id == M.address,
        READS,
    )
    contact = and_(C.workspace_id == M.workspace_id, C.id == M.address)
    together = (
        M.workspace_id == bindparam("workspace_id"),
        M.kind == bindparam("kind"),
        M.written_at == bindparam("at", type_=M.written_at.type),
        M.number >= bindparam("number") - NEARBY,
    )
    to_people = (
        select(M.number, M.fact, Person.email, null().label("kinds"))
        .select_from(M)
        .join(Person, person)
        .join(Member, member)
        .where(*together, M.audience == Audience.MAIL_PERSON, M.number <= bindparam("number") + NEARBY)
    )
    to_contacts = (
        select(M.number, M.fact, func.coalesce(C.address, Person.email), C.kinds)
        .select_from(M)
        .join(C, contact)
        .outerjoin(Member, AS_MEMBER)
        .outerjoin(Person, AS_PERSON)
        .where(*together, M.audience == Audience.MAIL_CONTACT, M.number <= bindparam("number"), *GETS_MAIL)
    )
    return union_all(to_people, to_contacts)


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
