"""Who acts, and what each role may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# What is drawn for a person again, though they asked for nothing.
UNASKED = "unasked"
# The seller's own product, with a key of the API: nobody's role is asked for, all properties are its customers.
VIA_API = "api"
# A person who works for the seller, at the customer's desk: named in the settings, a member of nothing there.
VIA_OPERATOR = "seller"

# Whoever followed the link in a mail: nobody knows who that is, but that they read mail there.
VIA_LINK = "link"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a workspace. `via` is where the act came from, for the audit log.

    What is `UNASKED` for and refused is not held against the person: it stays out of that log.
    """

    workspace_id: str
    user_id: str
    via: str = "chat"

    @property
    def is_seller(self) -> bool:
        """Whether it is a key of the API, which `user_id` names then, or somebody of the seller's."""
        return self.via in (VIA_API, VIA_OPERATOR)

    @property
    def person(self) -> str:
        """Whom a message can mention: nobody for a key, or for who is in another workspace."""
        return "" if self.is_seller else self.user_id


class Role(StrEnum):
    """A member's role in a property. An accountant reads and changes nothing; an agent sees no billing."""

    OWNER = "owner"
    ADMIN = "admin"
    ACCOUNTANT = "accountant"
    AGENT = "agent"

    @property
    def reads(self) -> bool:
        return self is not Role.AGENT

    @property
    def writes(self) -> bool:
        return self in (Role.OWNER, Role.ADMIN)
