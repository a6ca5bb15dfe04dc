"""Who may get receipts by mail: members of the property, at a plain address."""

from __future__ import annotations

import re
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from billing.models.members import Member, Person
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
        )
        .order_by(Person.user_id.desc())
    )


def recipients_of(session: Session, workspace_id: str, property_id: str) -> dict[str, Person]:
    """The addresses to which receipts of the property can go, each with whose it is."""
    found = session.scalars(with_address(), {"workspace_id": workspace_id, "property_id": property_id})
    return {person.email: person for person in found if person.email and is_plain_address(person.email)}


def refuse_unless_known(session: Session, workspace_id: str, property_id: str, address: str) -> None:
    """Raises BadFields for an address that is none of the property's (product, line 21)."""
    if address not in recipients_of(session, workspace_id, property_id):
        raise BadFields({"receipts_to": Fault("unknown")})
