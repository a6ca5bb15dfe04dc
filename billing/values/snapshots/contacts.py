"""Billing contacts of a property as a reader sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.contacts import ContactKind
from billing.values.snapshots.properties import PropertySnapshot


@dataclass(frozen=True, slots=True)
class ContactSnapshot:
    """One contact: a member (`user_id`), or whoever reads mail at `address`, which is None for a member without one.

    `name` is by which they can be told apart in words: the member's, or the address.

    Who is not `confirmed` gets nothing but the mail with the code. `refused_code` is what the mail server said when
    it refused their mail for good: since then they get nothing either. A member who is not `is_here` left the
    property, or Slack.
    """

    id: str
    user_id: str | None
    name: str
    address: str | None
    kinds: tuple[ContactKind, ...]
    confirmed: bool
    code_sent_at: datetime | None
    refused_code: int | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class LinkedContact:
    """What whoever follows the link in a contact's mail is asked: which address gets which mail of which property."""

    property_id: str
    property_name: str
    address: str
    kinds: tuple[ContactKind, ...]


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """The contacts of a property, oldest first; `sends` says whether there is a mail server at all."""

    property: PropertySnapshot
    contacts: tuple[ContactSnapshot, ...]
    sends: bool
