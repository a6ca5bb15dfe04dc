"""What happened to people: roles, and messages to the support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from billing.values.events.base import PropertyEvent, Topic


@dataclass(frozen=True, slots=True)
class MemberChanged(PropertyEvent):
    """A person has another role; `before` is None where they were added, `role` where they were removed."""

    topic: ClassVar[Topic | None] = Topic.MEMBERS

    by: str
    user_id: str
    before: str | None
    role: str | None


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

    message: str
