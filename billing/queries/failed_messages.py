"""Failed messages: what could not be told so far, and what is not tried any more."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, and_, bindparam, or_, select, update

from billing.models import OutboxMessage
from billing.queries.outbox import AS_NEW, FACT

M = OutboxMessage


def _failed() -> ColumnElement[bool]:
    return and_(M.told_at.is_(None), or_(M.dead_at.is_not(None), M.last_error.is_not(None)))


@cache
def failed() -> Select[*tuple[Any, ...]]:
    """Untold messages of which a try failed, in all workspaces, oldest first."""
    return (
        select(
            M.number,
            M.workspace_id,
            M.audience,
            M.address,
            M.kind,
            FACT,
            M.written_at,
            M.tries,
            M.last_error,
            M.due_at,
            M.dead_at,
        )
        .where(_failed())
        .order_by(M.number)
    )


@cache
def failed_one() -> Select[*tuple[Any, ...]]:
    """Of the failed message `number`, locked, no more than can always be read."""
    return select(M.workspace_id, FACT).where(M.number == bindparam("number"), _failed()).with_for_update()


@cache
def retry() -> Update:
    """The message `of_number` is due, as if it had just been written."""
    return (
        update(M)
        .where(M.number == bindparam("of_number"))
        .values(**AS_NEW)
        .execution_options(synchronize_session=False)
    )


@cache
def drop() -> Update:
    """The message `of_number` is not told any more, from `now` on, for this `reason`."""
    return (
        update(M)
        .where(M.number == bindparam("of_number"))
        .values(
            told_at=bindparam("now", type_=M.told_at.type),
            claimed_until=None,
            last_error=bindparam("reason"),
        )
        .execution_options(synchronize_session=False)
    )
