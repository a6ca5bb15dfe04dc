"""Changes to tables give way to who works with them, and are tried again."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError

# Lock not available, deadlock detected.
IN_USE = ("55P03", "40P01")
MAX_PAUSE_SECONDS = 2.0
T = TypeVar("T")
log = structlog.get_logger()


class TablesInUse(Exception):
    """A table was held for as long as it was waited for; nothing was changed."""


def patiently(act: Callable[[], T], patience_seconds: float) -> T:
    """Does the act, which waits for no table for long, again and again until its tables are free.

    Raises TablesInUse once that took `patience_seconds`. PostgreSQL tells nobody when a table gets free.
    """
    gives_up_at, pause = monotonic() + patience_seconds, 0.1
    while True:
        try:
            return act()
        except OperationalError as trouble:
            if getattr(trouble.orig, "sqlstate", None) not in IN_USE:
                raise
            if monotonic() > gives_up_at:
                raise TablesInUse from None
        log.info("tables that are to be changed are in use: it is tried again")
        sleep(pause)
        pause = min(2 * pause, MAX_PAUSE_SECONDS)
