"""Who waits for a lock that somebody else has: on PostgreSQL, for SQLite has one writer."""

from __future__ import annotations

from concurrent.futures import Future
from time import monotonic
from typing import TypeVar

from tests.billing.desk import Desk

R = TypeVar("R")
PATIENCE = 20
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def wait_for_waiting(desk: Desk, count: int = 1) -> None:
    """Until so many wait."""
    deadline = monotonic() + PATIENCE
    while desk.rows(WAITING)[0][0] < count:
        assert monotonic() < deadline


def once_it_waits(desk: Desk, running: Future[R]) -> Future[R]:
    """The same that was begun in another thread, once it waits."""
    while not desk.rows(WAITING)[0][0]:
        assert not running.done()
    return running
