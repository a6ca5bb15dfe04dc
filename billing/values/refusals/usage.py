"""What usage is not counted for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.errors import Refusal


@dataclass(eq=False)
class NotSubscribed(Refusal):
    """No plan of the add-on lives in the property at that moment."""

    add_on: str


@dataclass(eq=False)
class UsageTooLate(Refusal):
    """It is of a cycle that is over, or too old: what happened from `counted_from` on is counted."""

    counted_from: datetime


@dataclass(eq=False)
class UsageInFuture(Refusal):
    """It is dated later than clocks differ: it is `now`."""

    now: datetime
