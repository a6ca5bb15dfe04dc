"""A property, its members, and what of them a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.actors import Role
from billing.values.channels import ChannelProblem
from billing.values.events import Topic


@dataclass(frozen=True, slots=True)
class PropertySnapshot:
    """A property as one of its members sees it."""

    id: str
    name: str
    time_zone: str
    role: Role
    billing_channel: str | None
    topics: tuple[Topic, ...] = tuple(Topic)


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A channel in which nothing can be announced: why, and since when."""

    channel: str
    problem: ChannelProblem
    since: datetime


@dataclass(frozen=True, slots=True)
class MemberSnapshot:
    """A member of a property. `pays` are the add-ons for whose running subscriptions they pay.

    Who is not here cannot use Slack here any more.
    """

    user_id: str
    name: str
    role: Role
    pays: tuple[str, ...]
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class MembersPage:
    """One page of the members of a property; `property.role` is the reader's own."""

    property: PropertySnapshot
    members: tuple[MemberSnapshot, ...]
    page: int
    pages: int
    count: int
