"""What happened to people: roles, and messages to the support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from billing.values.events.base import Event, PropertyEvent, Topic


@dataclass(frozen=True, slots=True)
class MemberChanged(PropertyEvent):
    """A person has another role; `before` is None where they were added, `role` where they were removed."""

    topic: ClassVar[Topic | None] = Topic.MEMBERS
    for_anybody: ClassVar[bool] = True

    by: str
    user_id: str
    before: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class BillingAdminLeft(PropertyEvent):
    """Who pays for `plans` cannot use Slack here any more: all who may change the billing are told in their place."""

    topic: ClassVar[Topic | None] = Topic.MEMBERS

    user_id: str
    plans: str

    @property
    def subject_key(self) -> str:
        return f"payer {self.property_id} {self.user_id}"


@dataclass(frozen=True, slots=True)
class BillingAdminReplaced(PropertyEvent):
    """`by` is the Billing Admin of `plans` now, in the place of one who left."""

    topic: ClassVar[Topic | None] = Topic.MEMBERS

    by: str
    user_id: str
    plans: str

    @property
    def subject_key(self) -> str:
        return f"payer {self.property_id} {self.user_id}"


@dataclass(frozen=True, slots=True)
class RecipientLeft(Event):
    """Who got the subscription's receipts left, or sees no billing now: nobody gets them until another is chosen."""

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    user_id: str


@dataclass(frozen=True, slots=True)
class RoleAskedFor(PropertyEvent):
    """A member whose role does not allow something asks the owners for the role `needed`.

    Without a `role` it is somebody in no property, who asks to be added to one.
    """

    by: str
    role: str
    needed: str


@dataclass(frozen=True, slots=True)
class RoleDeclined(PropertyEvent):
    """An owner declined that, told to whoever had asked."""

    for_anybody: ClassVar[bool] = True

    by: str
    needed: str


@dataclass(frozen=True, slots=True)
class SupportAsked(PropertyEvent):
    """A person wrote to the support. The property's fields are empty where they are in none."""

    by: str
    message: str


@dataclass(frozen=True, slots=True)
class SupportReceived(PropertyEvent):
    """What the support has, told to the person who wrote it."""

    for_anybody: ClassVar[bool] = True

    message: str


@dataclass(frozen=True, slots=True)
class AppInstalled(PropertyEvent):
    """Somebody installed the desk in their workspace, and is told how to begin. There is no property yet."""

    for_anybody: ClassVar[bool] = True
