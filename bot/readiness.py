"""Whether the process can be sent people: what is in the way, in a few words that name no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from billing import Billing
from billing.bootstrap import database_fault
from billing.services import gauges
from billing.services.gauges import Gauges
from bot.runner import in_pool

T = TypeVar("T")

# Less than what asks gives us.
MAX_PROBE_SECONDS = 2.0
# Several may ask, each every few seconds; the rows need not be counted anew for each.
KEPT_SECONDS = 10.0
DATABASE_AWAY = "the database does not answer"


class Probe(Generic[T]):
    """Asks in a thread of its own, which is the only one to wait where no answer ever comes."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._asked: asyncio.Task[T] | None = None

    async def answer(self, late: T) -> T:
        """What is answered; `late` where that takes more than two seconds."""
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(in_pool(self._pool, self._ask))
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(self._asked), MAX_PROBE_SECONDS)
        return late

    def close(self) -> None:
        self._pool.shutdown(wait=False)


class DatabaseProbe:
    """Whether the database can be worked with, and how what it holds is getting on."""

    def __init__(self, billing: Billing, seconds: Callable[[], float] = monotonic) -> None:
        self._billing, self._seconds = billing, seconds
        self._faults, self._gauges = Probe(self._fault), Probe(self._read)
        self._read_at = 0.0
        self._kept: Gauges | None = None

    async def fault(self) -> str | None:
        """Why the database cannot be worked with; None where it can. Known within two seconds."""
        return await self._faults.answer(DATABASE_AWAY)

    async def gauges(self) -> Gauges | None:
        """What waits in the books, read at most every ten seconds; None where the database does not answer."""
        return await self._gauges.answer(None)

    def _read(self) -> Gauges | None:
        if self._kept is None or self._seconds() - self._read_at > KEPT_SECONDS:
            self._kept = None
            with suppress(SQLAlchemyError):
                self._kept = gauges.read(self._billing)
            self._read_at = self._seconds()
        return self._kept

    def _fault(self) -> str | None:
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
        if str(fault.values["revision"]) > str(fault.values["head"]):
            return None  # the next version's tables still have all that this one uses (decision 25)
        return "the tables are at revision {revision}, this version is for {head}".format(**fault.values)

    def close(self) -> None:
        self._faults.close()
        self._gauges.close()
