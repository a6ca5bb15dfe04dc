"""When the gateway is asked again what became of something: soon at first, then daily."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

POLL_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
POLL_DAILY = timedelta(days=1)


class Undecided(Protocol):
    """A row of which the gateway has not said what became of it."""

    poll_at: datetime | None
    polls: int


def poll_later(row: Undecided, since: datetime, now: datetime, at_last: timedelta = POLL_DAILY) -> None:
    """The next of its times after `since` that has not passed; those that nobody was there for are left out."""
    while row.poll_at is None or row.poll_at <= now:
        row.polls += 1
        known = row.polls < len(POLL_AFTER)
        row.poll_at = since + POLL_AFTER[row.polls] if known else now + at_last
