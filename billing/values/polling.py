"""When the gateway is asked again what became of something: soon at first, then daily; sooner where it was silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

POLL_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
POLL_DAILY = timedelta(days=1)
# Where nothing at all was heard: a short silence is soon over, and then who waits learns within a minute.
SILENT_AT_LEAST, SILENT_AT_MOST = timedelta(minutes=1), timedelta(hours=1)


class Undecided(Protocol):
    """A row of which the gateway has not said what became of it."""

    poll_at: datetime | None
    polls: int


def poll_later(row: Undecided, since: datetime, now: datetime, at_last: timedelta = POLL_DAILY) -> None:
    """The next of its times after `since` that has not passed; those that nobody was there for are left out."""
    row.polls += 1
    row.poll_at = _scheduled(since, now) or now + at_last


def poll_after_silence(row: Undecided, since: datetime, now: datetime) -> None:
    """After a tenth of the time for which nothing was heard, at the latest at the next of its times."""
    row.polls += 1
    soon = now + min(max((now - since) / 10, SILENT_AT_LEAST), SILENT_AT_MOST)
    row.poll_at = min(_scheduled(since, now) or soon, soon)


def _scheduled(since: datetime, now: datetime) -> datetime | None:
    return next((since + after for after in POLL_AFTER if since + after > now), None)
