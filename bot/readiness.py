"""Whether the process can be sent people: what is in the way, in a few words that name no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from billing import Billing
from billing.bootstrap import database_fault
from bot.runner import in_pool

# Less than what asks gives us.
MAX_PROBE_SECONDS = 2.0
DATABASE_AWAY = "the database does not answer"


class DatabaseProbe:
    """Asks the database in a thread of its own, which is the only one to wait where it never answers."""

    def __init__(self, billing: Billing) -> None:
        self._billing = billing
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._asked: asyncio.Task[str | None] | None = None

    async def fault(self) -> str | None:
        """Why the database cannot be worked with; None where it can. Known within two seconds."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(in_pool(self._pool, self._ask))
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._asked), MAX_PROBE_SECONDS)
        return DATABASE_AWAY

    def _ask(self) -> str | None:
        try:
            with self._billing.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            fault = database_fault(self._billing)
        except SQLAlchemyError:
            return DATABASE_AWAY
        if fault is None:
            return None
        if "head" not in fault.values:
            return "there are no tables: python -m billing migrate makes them"
        return "the tables are at revision {revision}, this version is for {head}".format(**fault.values)

    def close(self) -> None:
        self._pool.shutdown(wait=False)


class Pulse:
    """When due work last did something: every one of its transactions reads the clock, and is noticed by that."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._last = seconds()

    def age(self) -> float:
        """Seconds since the last sign of life."""
        return self._seconds() - self._last

    def beat(self) -> None:
        self._last = self._seconds()
