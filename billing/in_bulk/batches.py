"""What is due in spans of so many rows, each worked in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog
from sqlalchemy import (
    ColumnElement,
    and_,
    exists,
    select,
    true,
    tuple_,
)

from billing.domain.models import (
    PlannedChange,
    Subscription,
)
from billing.domain.models.changes import ChangeState
from billing.domain.models.subscriptions import LIVING_SQL
from billing.work import Billing, Work

log = structlog.get_logger()
S = Subscription
KEY = (S.due_at, S.workspace_id, S.id)
UNDISTURBED = and_(
    LIVING_SQL,
    S.set_aside_at.is_(None),
    S.due_failures == 0,
    ~exists().where(
        PlannedChange.workspace_id == S.workspace_id,
        PlannedChange.subscription_id == S.id,
        PlannedChange.state == ChangeState.PENDING,
    ),
)


def in_batches(
    billing: Billing,
    act: str,
    which: ColumnElement[bool],
    size: int,
    work_on: Callable[[Work, ColumnElement[bool]], int],
) -> int:
    """Works what is due batch by batch, each in a transaction of its own; the sum of what was done."""
    done = 0
    for batch in _spans(billing, which, size):
        try:
            with billing.work(act) as work:
                done += work_on(work, batch)
        except Exception:  # whatever it is, it is logged, and its rows are worked one at a time
            log.exception("a batch failed", act=act)
    return done


def _spans(billing: Billing, which: ColumnElement[bool], size: int) -> Iterator[ColumnElement[bool]]:
    """What is due now, in spans of so many rows; none is looked at twice, whatever became of it."""
    after: ColumnElement[bool] = true()
    while True:
        with billing.look("renewals.batch") as work:
            due = select(*KEY).where(which, after, S.due_at <= work.now).order_by(*KEY).limit(size).subquery()
            last = work.session.execute(select(due).order_by(*(key.desc() for key in due.c)).limit(1)).first()
        if last is None:
            return
        yield and_(which, after, tuple_(*KEY) <= tuple(last))
        after = tuple_(*KEY) > tuple(last)
