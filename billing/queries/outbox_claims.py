"""Which messages of the outbox a worker takes next: at the price of those that it takes, not of all that wait."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    ScalarSelect,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from billing.models import OutboxMessage
from billing.models.clock import from_now
from billing.queries.clock import is_free
from billing.queries.outbox import FACT, HOLD, UNTOLD, M, sayable
from billing.values.outbox import Audience

# So many of those that have been due for longest are looked at for how much a workspace has under way: as many as
# one process has.
LOOKED_AT = 20


@cache
def claim(audiences: tuple[Audience, ...]) -> ReturningUpdate[*tuple[Any, ...]]:
    """Takes messages for these audiences that are due and that nobody holds, `limit` at most, in no order.

    Of each workspace and audience it is the one that has been due for longest, of those that are the oldest untold
    one of their address, and whatever is quarantined: who wants more asks again. Those of different workspaces take
    turns, so that no one's backlog keeps another waiting. What is to be said where the desk was uninstalled waits.
    """
    turn = _in_turn(audiences)
    picked = (
        select(turn.c.number).order_by(turn.c.turn, turn.c.due_at, turn.c.number).limit(bindparam("limit"))
    )
    return (
        update(M)
        .where(M.number.in_(picked))
        .values(claimed_until=from_now(HOLD), tries=M.tries + 1)
        .returning(
            M.number,
            M.workspace_id,
            M.audience,
            M.address,
            M.kind,
            M.subject_key,
            FACT,
            M.written_at,
            M.tries,
            M.message_ref,
            M.queued_at,
            M.quarantined_at,
            from_now().label("now"),
        )
        .execution_options(synchronize_session=False)
    )


def _in_turn(audiences: tuple[Audience, ...]) -> Subquery:
    """What can be taken, and as the how-manieth of its workspace.

    What is held counts: who has much under way, because the far side is slow there, does not get the next place too.
    """
    line = _lines()
    found = (
        select(line.c.workspace_id, _next_of(line).label("number"), _held_of(line).label("held"))
        .where(line.c.audience.in_(audiences), sayable(line.c.audience, line.c.workspace_id))
        .cte("found")
        .prefix_with("MATERIALIZED", dialect="postgresql")  # each of them is looked for, and locked, once
    )
    quarantined = _quarantined(audiences)
    taken = (
        select(found)
        .union_all(select(quarantined.c.workspace_id, quarantined.c.number, literal(0)))
        .subquery("taken")
    )
    held = func.sum(taken.c.held).over(partition_by=taken.c.workspace_id)
    rank = func.row_number().over(partition_by=taken.c.workspace_id, order_by=(M.due_at, M.number))
    return (
        select(M.number, M.due_at, (held + rank).label("turn"))
        .join(taken, taken.c.number == M.number)
        .subquery("in_turn")
    )


def _lines() -> CTE:
    """Each workspace and audience for which anything waits, from one to the next by the index."""
    first = select(M.workspace_id, M.audience).where(_waits(M)).order_by(*_place(M)).limit(1).subquery()
    line = select(first.c.workspace_id, first.c.audience).cte("line", recursive=True)
    later = aliased(M)
    following = (
        select(later.number)
        .where(
            _waits(later),
            tuple_(later.workspace_id, later.audience) > tuple_(line.c.workspace_id, line.c.audience),
        )
        .order_by(*_place(later))
        .limit(1)
        .correlate(line)
        .scalar_subquery()
    )
    return line.union_all(select(M.workspace_id, M.audience).select_from(line).join(M, M.number == following))


def _next_of(line: CTE) -> ScalarSelect[int]:
    """The message of that line which is taken next; it is locked, and what another locks is passed over."""
    one, before = aliased(M), aliased(M)
    # One look into the index for each row, whatever PostgreSQL guesses of how many rows there are.
    oldest = (
        select(before.number)
        .where(
            _waits(before),
            before.workspace_id == one.workspace_id,
            before.audience == one.audience,
            before.address == one.address,
        )
        .order_by(before.number)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(one.number)
        .where(_is_in(line, one), is_free(one), one.number == oldest)
        .order_by(one.due_at, one.number)
        .limit(1)
        .with_for_update(of=one, skip_locked=True)
        .correlate(line)
        .scalar_subquery()
    )


def _held_of(line: CTE) -> ScalarSelect[int]:
    """How many of that line are held."""
    one = aliased(M)
    longest_due = (
        select(one.claimed_until)
        .where(_is_in(line, one))
        .order_by(one.due_at, one.number)
        .limit(LOOKED_AT)
        .correlate(line)
        .subquery()
    )
    held = select(func.count()).where(longest_due.c.claimed_until > from_now())
    return held.select_from(longest_due).scalar_subquery()


def _quarantined(audiences: tuple[Audience, ...]) -> Subquery:
    return (
        select(M.workspace_id, M.number)
        .where(UNTOLD, M.quarantined_at.is_not(None), M.audience.in_(audiences))
        .where(sayable(M.audience, M.workspace_id), is_free(M))
        .with_for_update(of=M, skip_locked=True)
        .subquery()
    )


def _is_in(line: CTE, one: type[OutboxMessage]) -> ColumnElement[bool]:
    return and_(_waits(one), one.workspace_id == line.c.workspace_id, one.audience == line.c.audience)


def _waits(one: type[OutboxMessage]) -> ColumnElement[bool]:
    """That it is untold and takes its turn, as the indexes have it."""
    return and_(one.told_at.is_(None), one.dead_at.is_(None), one.quarantined_at.is_(None))


def _place(one: type[OutboxMessage]) -> tuple[Any, ...]:
    return one.workspace_id, one.audience, one.address, one.number
