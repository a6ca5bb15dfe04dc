"""What is due in batches of so many rows, each worked in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement

from billing.collector import COLLECTOR
from billing.queries.renewals import Batch, Key, batch_after, last_of_batch
from billing.work import Billing, Work

log = structlog.get_logger()
# While the database writes one batch, the next is drafted; more of them would wait for the number of an invoice.
BATCHES_AT_ONCE = 2
# So many times fewer rows has the batch after one that failed, and so many times more the one after one that did not.
FEWER = 10


@dataclass(frozen=True, slots=True)
class Worked:
    """How many rows of a batch were done, and the key of the last one looked at; none where there was none."""

    done: int
    last: Key | None


def in_batches(
    billing: Billing,
    act: str,
    which: ColumnElement[bool],
    size: int,
    work_on: Callable[[Work, Batch], Worked],
) -> int:
    """Works what is due batch by batch, each in a transaction of its own; the sum of what was done.

    On PostgreSQL one batch is drafted while another is written. No worker looks at a row twice, whatever comes of it.
    """
    if _next(billing, which) is None:  # nearly always: it takes no lock to find that out
        return 0
    at_a_time = min(BATCHES_AT_ONCE, billing.workers) if billing.engine.dialect.name == "postgresql" else 1
    with ThreadPoolExecutor(at_a_time) as pool:
        return sum(pool.map(lambda _: _in_turn(billing, act, which, size, work_on), range(at_a_time)))


def _in_turn(
    billing: Billing,
    act: str,
    which: ColumnElement[bool],
    size: int,
    work_on: Callable[[Work, Batch], Worked],
) -> int:
    """One worker's batches: each takes the next rows that no other holds.

    One that fails is tried again with fewer and fewer rows, until the one that fails is alone: that is left to be
    worked by itself, where it is said what is wrong, and the others are not.
    """
    done, rows = 0, size
    after: Key | None = None
    while not billing.stopping.is_set():
        try:
            with COLLECTOR.at_rest(), billing.work(act) as work:
                worked = work_on(work, batch_after(after, which, work.now, rows))
        except Exception:  # whatever it is, it is logged, and the other rows go on (promise 9)
            if rows == size:
                log.exception("a batch failed", act=act)
            # Which raises where the database is away: then it is not asked any further.
            worked = Worked(0, _next(billing, which, after))
            if rows > 1:
                rows = max(rows // FEWER, 1)
                continue
        else:
            rows = min(rows * FEWER, size)
        if worked.last is None:
            return done
        done += worked.done
        after = worked.last
    return done


def _next(billing: Billing, which: ColumnElement[bool], after: Key | None = None) -> Key | None:
    """The row that is to be worked next. Raises OperationalError."""
    with billing.read("renewals.batch") as work:
        found = work.session.execute(last_of_batch(batch_after(after, which, work.now, 1))).first()
    return tuple(found) if found else None
