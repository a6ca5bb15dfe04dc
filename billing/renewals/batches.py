"""What is due in batches of so many rows, each worked in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    select,
    tuple_,
)

from billing.models import (
    PlannedChange,
    Subscription,
)
from billing.models.changes import ChangeState
from billing.models.subscriptions import LIVING_SQL
from billing.work import Billing, Work

log = structlog.get_logger()
S = Subscription
# While the database writes one batch, the next is drafted; more of them would wait for the number of an invoice.
BATCHES_AT_ONCE = 2
KEY = (S.due_at, S.workspace_id, S.id)
UNDISTURBED = and_(
    LIVING_SQL,
    S.quarantined_at.is_(None),
    S.due_failures == 0,
    ~exists().where(
        PlannedChange.workspace_id == S.workspace_id,
        PlannedChange.subscription_id == S.id,
        PlannedChange.state == ChangeState.PENDING,
    ),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The next rows that are due and undone: `size` of them at most, in the order of `KEY`."""

    which: ColumnElement[bool]
    size: int

    def of(self, *columns: Any) -> Select[Any]:
        """These columns of its rows."""
        return select(*columns).where(self.which).order_by(*KEY).limit(self.size)

    def up_to(self, last: tuple[Any, ...]) -> ColumnElement[bool]:
        """Its rows that stand no later than that `KEY`."""
        return and_(self.which, tuple_(*KEY) <= last)


@dataclass(frozen=True, slots=True)
class Worked:
    """How many rows of a batch were done, and the `KEY` of the last one looked at; none where there was none."""

    done: int
    last: tuple[Any, ...] | None


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
    if _last(billing, which, 1) is None:  # nearly always: it takes no lock to find that out
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
    """One worker's batches: each takes the next rows that no other holds."""
    done, after = 0, which
    while True:
        try:
            with billing.work(act) as work:
                worked = work_on(work, Batch(and_(after, S.due_at <= work.now), size))
        except Exception:  # whatever it is, it is logged, and its rows are worked one at a time
            log.exception("a batch failed", act=act)
            worked = Worked(0, _last(billing, after, size))
        if worked.last is None:
            return done
        done += worked.done
        after = and_(which, tuple_(*KEY) > worked.last)


def _last(billing: Billing, which: ColumnElement[bool], size: int) -> tuple[Any, ...] | None:
    """Where a batch ends that cannot say so itself."""
    with billing.read("renewals.batch") as work:
        due = Batch(and_(which, S.due_at <= work.now), size).of(*KEY).subquery()
        last = work.session.execute(select(due).order_by(*(key.desc() for key in due.c)).limit(1)).first()
    return tuple(last) if last else None
