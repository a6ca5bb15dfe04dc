"""Which messages of the outbox a worker takes next: at the price of those that it takes, not of all that wait."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    and_,
    bindparam,
    func,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate

from billing.models import OutboxMessage
from billing.models.clock import from_now
from billing.queries.clock import is_free
from billing.queries.in_sql import often
from billing.queries.outbox import FACT, HOLD, UNTOLD, M, sayable
from billing.values.outbox import IN_SLACK, Audience

# So many of those that have been due for longest are looked at for how much a workspace has under way: as many as
# one process has.
LOOKED_AT = 20
OF_WORKSPACE = bindparam("of_workspace", type_=M.workspace_id.type)


@cache
def lines(audiences: tuple[Audience, ...]) -> CompoundSelect[*tuple[Any, ...]]:
    """Each workspace and audience, of these, for which something waits: since when it is due, and how many are held.

    Where nothing is due yet that moment is null. What is quarantined is a line of its workspace without an audience.
    What is to be said where the desk was uninstalled waits.
    """
    line = _lines()
    waiting = select(
        line.c.workspace_id,
        line.c.audience,
        _first_due(line).label("due_at"),
        _held_of(line).label("held"),
    ).where(line.c.audience.in_(audiences), sayable(line.c.audience, line.c.workspace_id))
    quarantined = (
        select(M.workspace_id, null(), func.min(M.due_at), literal(0))
        .where(_is_quarantined(audiences), sayable(M.audience, M.workspace_id), is_free(M))
        .group_by(M.workspace_id)
    )
    return waiting.union_all(quarantined)


@cache
def claim(audiences: tuple[Audience, ...], audience: Audience | None) -> ReturningUpdate[*tuple[Any, ...]]:
    """Takes up to `limit` messages of that line of `of_workspace` that are due and that nobody holds, in no order.

    It is those that have been due for longest, of those that are the oldest untold one of their address, or of
    what is quarantined for these audiences. What another locks is passed over.
    """
    if audience is None:
        picked = select(M.number).where(_is_quarantined(audiences), M.workspace_id == OF_WORKSPACE)
    elif audience in IN_SLACK:
        # Not joined: where it joins, SQLite may read all messages first, to know which it need not look for.
        picked = select(M.number).where(M.number.in_(select(_oldest_of_each_address(audience).c.number)))
    else:
        picked = select(M.number).where(_is_in(M, OF_WORKSPACE, audience), _is_oldest_of_its_address(M))
    chosen = (
        picked.where(is_free(M))
        .order_by(M.due_at, M.number)
        .limit(bindparam("limit"))
        .with_for_update(of=M, skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")  # each of them is looked for, and locked, once
    )
    return (
        update(M)
        .where(M.number.in_(select(chosen.c.number)))
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


def _lines() -> CTE:
    """Each workspace and audience for which anything waits, from one to the next by the index."""
    first = select(M.workspace_id, M.audience).where(_waits(M)).order_by(*_place(M)).limit(1).subquery()
    line = select(first.c.workspace_id, first.c.audience).cte("line", recursive=True)
    later = aliased(M)
    # Of a comparison of both at once SQLite takes the first alone to the index, and walks through a whole workspace.
    of_the_same = and_(later.workspace_id == line.c.workspace_id, later.audience > line.c.audience)
    nexts = (
        select(later.number).where(_waits(later), which).order_by(*_place(later)).limit(1).correlate(line)
        for which in (of_the_same, later.workspace_id > line.c.workspace_id)
    )
    following = func.coalesce(*(one.scalar_subquery() for one in nexts))
    return line.union_all(select(M.workspace_id, M.audience).select_from(line).join(M, M.number == following))


def _first_due(line: CTE) -> ScalarSelect[Any]:
    """Since when the one of that line that has been due for longest is due; null where none is due."""
    one = aliased(M)
    return (
        select(one.due_at)
        .where(_is_in(one, line.c.workspace_id, line.c.audience), one.due_at <= from_now())
        .order_by(one.due_at, one.number)
        .limit(1)
        .correlate(line)
        .scalar_subquery()
    )


def _held_of(line: CTE) -> ScalarSelect[int]:
    """How many of that line are held."""
    one = aliased(M)
    longest_due = (
        select(one.claimed_until)
        .where(_is_in(one, line.c.workspace_id, line.c.audience))
        .order_by(one.due_at, one.number)
        .limit(LOOKED_AT)
        .correlate(line)
        .subquery()
    )
    held = select(func.count()).where(longest_due.c.claimed_until > from_now())
    return held.select_from(longest_due).scalar_subquery()


def _oldest_of_each_address(audience: Audience) -> CTE:
    """The oldest message of each address of that line, from one to the next by the index.

    For channels and people, of which a workspace has few, however much each is to be told.
    """
    first = (
        select(M.number, M.address)
        .where(_is_in(M, OF_WORKSPACE, audience))
        .order_by(*_place(M))
        .limit(1)
        .subquery()
    )
    oldest = select(first.c.number, first.c.address).cte("oldest", recursive=True)
    later = aliased(M)
    following = (
        select(later.number)
        .where(_is_in(later, OF_WORKSPACE, audience), later.address > oldest.c.address)
        .order_by(*_place(later))
        .limit(1)
        .correlate(oldest)
        .scalar_subquery()
    )
    return oldest.union_all(select(M.number, M.address).select_from(oldest).join(M, M.number == following))


def _is_oldest_of_its_address(one: type[OutboxMessage]) -> ColumnElement[bool]:
    """For mail, of which each address has little, however many addresses there are: one look into the index a row."""
    before = aliased(M)
    oldest = (
        select(before.number)
        .where(_is_in(before, one.workspace_id, one.audience), before.address == one.address)
        .order_by(before.number)
        .limit(1)
        .scalar_subquery()
    )
    return often(one.number == oldest)


def _is_in(one: type[OutboxMessage], workspace_id: Any, audience: Any) -> ColumnElement[bool]:
    return and_(_waits(one), one.workspace_id == workspace_id, one.audience == audience)


def _waits(one: type[OutboxMessage]) -> ColumnElement[bool]:
    """That it is untold and takes its turn, as the indexes have it."""
    return and_(one.told_at.is_(None), one.dead_at.is_(None), one.quarantined_at.is_(None))


def _is_quarantined(audiences: tuple[Audience, ...]) -> ColumnElement[bool]:
    return and_(UNTOLD, M.quarantined_at.is_not(None), M.audience.in_(audiences))


def _place(one: type[OutboxMessage]) -> tuple[Any, ...]:
    return one.workspace_id, one.audience, one.address, one.number
