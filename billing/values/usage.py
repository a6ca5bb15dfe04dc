"""Usage of what was bought: what is said of it, and when it is too late or too early to count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.values.errors import Refusal

# What is older is not counted, and ids are remembered a day longer: whatever comes again is known, or refused.
COUNTED_FOR = timedelta(days=35)
REMEMBERED_FOR = COUNTED_FOR + timedelta(days=1)
# Clocks differ: so far ahead of ours an event may be.
CLOCKS_DIFFER = timedelta(minutes=5)

# Of a quota, in per cent: what is told once a cycle.
MARKS = (80, 100)


def mark_of(used: int, allowance: int | None, marks: Sequence[int] = MARKS) -> int:
    """The highest of the marks that so much of an allowance has reached; 0 for none, and where there is no limit."""
    if allowance is None:
        return 0
    return max((mark for mark in marks if used * 100 >= mark * allowance), default=0)


@dataclass(frozen=True, slots=True)
class Used:
    """So many units of an add-on were used by a property at that moment. The `event_id` is the sender's own."""

    event_id: str
    workspace_id: str
    property_id: str
    add_on_id: str
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of one event: `is_new` where it counts from now on, a `refusal` where it does not count.

    With neither it was counted before.
    """

    event_id: str
    is_new: bool = False
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where usage counts: the cycle of that subscription that begins then."""

    subscription_id: str
    cycle_start_at: datetime
