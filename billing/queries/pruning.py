"""Pruning: messages that were told long ago."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Delete, Select, bindparam, delete, func, select

from billing.models import OutboxMessage

M = OutboxMessage
# It stays so that SQLite gives its number to no other: receivers know a message by it.
NEWEST = select(func.max(M.number)).scalar_subquery()


@cache
def told_long_ago() -> Select[int]:
    """The first `size` messages after `after` that were told before that moment, without the newest of all."""
    return (
        select(M.number)
        .where(M.number > bindparam("after"), M.number < NEWEST, M.told_at < bindparam("before"))
        .order_by(M.number)
        .limit(bindparam("size"))
    )


@cache
def forget() -> Delete:
    """Deletes the messages `numbers`."""
    return delete(M).where(M.number.in_(bindparam("numbers", expanding=True)))
