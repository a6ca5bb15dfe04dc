"""The clock of production: the database's, carried on by this process from one answer to the next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import structlog

# An answer that took longer says too little of the moment at which it was given; what moves further has jumped.
SURE_SECONDS = 2.0
log = structlog.get_logger()


class DatabaseClock:
    """The database's time, the same in all processes of one database, whatever the clocks of their machines say.

    It was asked at one moment of this process's monotonic clock and answered at another: its time was for some moment
    between the two. What was known before is moved no further than that asks for, so that the quickest answer counts
    and a slow one takes nothing back. Before the first answer it is the machine's time, and so it stays on SQLite,
    whose clock that is.
    """

    def __init__(self, machine: Callable[[], datetime]) -> None:
        self._machine = machine
        self._ahead: float | None = None  # seconds from the monotonic clock's zero to the database's

    def __call__(self) -> datetime:
        if self._ahead is None:
            return self._machine()
        return datetime.fromtimestamp(self._ahead + monotonic(), UTC)

    def answered(self, there: float, asked_at: float) -> None:
        """The database said just now that it is `there`, in seconds since 1970, when asked at `asked_at`."""
        now = monotonic()
        if now - asked_at > SURE_SECONDS:
            return
        least, most = there - now, there - asked_at
        before = (least + most) / 2 if self._ahead is None else self._ahead
        self._ahead = min(max(before, least), most)
        if abs(jump := self._ahead - before) > SURE_SECONDS:
            log.error("the database's clock jumped, or this machine stood still", seconds=round(jump, 1))
