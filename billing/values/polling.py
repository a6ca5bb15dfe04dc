"""When the gateway is asked again what became of something: soon at first, then daily."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

ASK_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
ASK_DAILY = timedelta(days=1)


class Undecided(Protocol):
    """A row of which the gateway has not said what became of it."""

    ask_at: datetime | None
    asked: int


def ask_later(row: Undecided, since: datetime, now: datetime, at_last: timedelta = ASK_DAILY) -> None:
    """The next of its times after `since` that has not passed; those that nobody was there for are left out."""
    while row.ask_at is None or row.ask_at <= now:
        row.asked += 1
        known = row.asked < len(ASK_AFTER)
        row.ask_at = since + ASK_AFTER[row.asked] if known else now + at_last
