"""Who may get receipts by mail: members of the property who are still here, at a plain address."""

from __future__ import annotations

import re
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing.models import Member, Person, Subscription
from billing.queries.members import IS_HERE
from billing.values.errors import BadFields, Fault

# What mail servers everywhere take: no quotes, comments or second address, nothing that ends a header's line.
PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MAX_LENGTH = 254


def is_plain_address(text: str) -> bool:
    """Whether it can be one recipient and nothing else, in a header as on the wire."""
    return len(text) <= MAX_LENGTH and PLAIN.fullmatch(text) is not None


@cache
def with_address() -> Select[Person]:
    """The members of `property_id` who have an address; of two with one address the later one counts."""
    return (
        select(Person)
        .select_from(Member)
        .join(Member.person)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.property_id == bindparam("property_id"),
            Person.email.is_not(None),
            IS_HERE,
        )
        .order_by(Person.user_id.desc())
    )


def recipients_of(session: Session, workspace_id: str, property_id: str) -> dict[str, Person]:
    """The addresses to which receipts of the property can go, each with whose it is."""
    found = session.scalars(with_address(), {"workspace_id": workspace_id, "property_id": property_id})
    return {person.email: person for person in found if person.email and is_plain_address(person.email)}


def recipient_at(session: Session, workspace_id: str, property_id: str, address: str) -> Member:
    """The member with that address. Raises BadFields for one that is none of the property's (product, line 21)."""
    person = recipients_of(session, workspace_id, property_id).get(address)
    if person is None:
        raise BadFields({"receipts_to": Fault("unknown")})
    member = session.get_one(Member, (workspace_id, property_id, person.user_id))
    set_committed_value(member, "person", person)
    return member


@cache
def _with_id() -> Select[Person]:
    return with_address().where(Person.user_id == bindparam("user_id"))


def recipient_of(session: Session, subscription: Subscription) -> Person | None:
    """Who gets the subscription's receipts now; None where they are nobody to whom mail of the property could go."""
    of_it = {"workspace_id": subscription.workspace_id, "property_id": subscription.property_id}
    if subscription.receipts_to_user_id is None:
        return recipients_of(session, **of_it).get(subscription.receipts_to or "")
    return session.scalar(_with_id(), {**of_it, "user_id": subscription.receipts_to_user_id})
