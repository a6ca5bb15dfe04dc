"""Who may get receipts by mail: members who see the property's billing and are here, and contacts who confirmed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import CompoundSelect, Select, bindparam, null, select, union_all
from sqlalchemy.orm import Session, joinedload

from billing.models import BillingContact, Member, Person, Subscription
from billing.queries.members import IS_HERE, READS
from billing.values.errors import BadFields, Fault

# What mail servers everywhere take: no quotes, comments or second address, nothing that ends a header's line.
PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
MAX_LENGTH = 254


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom mail can reach at `address`: a member by their name, or a billing contact, who has no `user_id`.

    The language is None where theirs was never seen.
    """

    address: str
    name: str = ""
    language: str | None = None
    user_id: str | None = None


def is_plain_address(text: str) -> bool:
    """Whether it can be one recipient and nothing else, in a header as on the wire."""
    return len(text) <= MAX_LENGTH and PLAIN.fullmatch(text) is not None


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether both are one mailbox: hardly any server tells capital letters from small ones."""
    return one.casefold() == other.casefold()


@cache
def _members() -> Select[*tuple[Any, ...]]:
    """The members of `property_id` who may see its billing and have an address."""
    return (
        select(Person.email, Person.name, Person.language, Person.user_id)
        .select_from(Member)
        .join(Member.person)
        .where(
            Member.workspace_id == bindparam("workspace_id"),
            Member.property_id == bindparam("property_id"),
            Person.email.is_not(None),
            READS,
            IS_HERE,
        )
    )


@cache
def _reachable() -> CompoundSelect[*tuple[Any, ...]]:
    """They, and the contacts whose address was typed by hand and confirmed."""
    contact = BillingContact
    typed = select(contact.address, null(), null(), null()).where(
        contact.workspace_id == bindparam("workspace_id"),
        contact.property_id == bindparam("property_id"),
        contact.address.is_not(None),
        contact.confirmed_at.is_not(None),
        contact.refused_at.is_(None),
    )
    return union_all(_members(), typed)


def recipients_of(session: Session, workspace_id: str, property_id: str) -> dict[str, Recipient]:
    """The addresses to which receipts of the property can go, each with whose it is.

    A member goes before a contact of the same address; of two members the one of the lower id.
    """
    of_it = {"workspace_id": workspace_id, "property_id": property_id}
    found = [
        Recipient(address, name or "", *more) for address, name, *more in session.execute(_reachable(), of_it)
    ]
    last_wins = sorted(sorted(found, key=lambda one: one.user_id or "", reverse=True), key=_is_member)
    return {one.address: one for one in last_wins if is_plain_address(one.address)}


def _is_member(one: Recipient) -> bool:
    return one.user_id is not None


def recipient_at(session: Session, workspace_id: str, property_id: str, address: str) -> Member | str:
    """The member with that address, or the address itself where it is a contact's.

    Raises BadFields for one that is none of the property's (product, line 21).
    """
    found = recipients_of(session, workspace_id, property_id).get(address)
    if found is None:
        raise BadFields({"receipts_to": Fault("unknown")})
    if found.user_id is None:
        return found.address
    key = (workspace_id, property_id, found.user_id)
    return session.get_one(Member, key, options=[joinedload(Member.person)])


def recipient_named(session: Session, workspace_id: str, property_id: str, name: str) -> Recipient | None:
    """The member or the billing contact of that id, if receipts of the property can go to them now."""
    of_it = {"workspace_id": workspace_id, "property_id": property_id, "user_id": name}
    if row := session.execute(_with_id(), of_it).first():
        return Recipient(*row)
    contact = session.get(BillingContact, (workspace_id, name))
    if contact is None or contact.property_id != property_id or not contact.gets_mail:
        return None
    return Recipient(contact.address) if contact.address else None


@cache
def _with_id() -> Select[*tuple[Any, ...]]:
    return _members().where(Person.user_id == bindparam("user_id"))


def recipient_of(session: Session, subscription: Subscription) -> Recipient | None:
    """Who gets the subscription's receipts now; None where they are nobody to whom mail of the property could go."""
    place = (subscription.workspace_id, subscription.property_id)
    if subscription.receipts_to_user_id is None:
        return recipients_of(session, *place).get(subscription.receipts_to or "")
    return recipient_named(session, *place, subscription.receipts_to_user_id)
