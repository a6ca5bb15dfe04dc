"""What was done and tried, how the desk is, and what readers found of its help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.holds import WhyHeld
from billing.values.snapshots.properties import ChannelTrouble, PropertySnapshot


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act in the audit log, done or refused. `via` is where it came from: chat, schedule, operator.

    `subject` is what it was done to, as a person calls it, where that is known; `member_id` the person it was
    done to. `details` are names with what stood there before and after.
    """

    at: datetime
    user_id: str
    via: str
    act: str
    subject: str | None
    member_id: str | None
    details: tuple[tuple[str, str, str], ...]
    refused_as: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of a property's audit log, newest first. Amounts in it are minor units of `currency`."""

    property: PropertySnapshot
    currency: str
    lines: tuple[AuditLine, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the desk does: of so many invariants these do not hold; what is due for longest; what is untold.

    The invariants were looked at at `verified_at`, if they were already.

    `channel` and `support_channel` say what is wrong with those of the property's billing and of the support.
    `undelivered` are the property's subscriptions whose receipts were refused, as a person calls them.
    `given_up` is how many messages are not tried any more. `held` is why nothing is done with these books.
    """

    invariants: int
    broken: tuple[str, ...]
    due_since: datetime | None
    untold: int
    untold_since: datetime | None
    undelivered: tuple[str, ...]
    time_zone: str
    verified_at: datetime | None
    channel: ChannelTrouble | None = None
    support_channel: ChannelTrouble | None = None
    given_up: int = 0
    held: WhyHeld | None = None


@dataclass(frozen=True, slots=True)
class Votes:
    """How many found a help topic helpful, of how many who said so; and what the reader said, if anything."""

    topic: str
    helpful: int
    count: int
    own: bool | None
