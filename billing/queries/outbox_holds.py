"""Claims on messages of the outbox: held on to, or let go."""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, Update, and_, bindparam, update

from billing.models.clock import from_now
from billing.queries.outbox import HOLD, UNTOLD, M


@cache
def hold_on() -> Update:
    """Whoever holds the message `of_number` goes on holding it."""
    return (
        update(M)
        .where(M.number == bindparam("of_number"))
        .values(claimed_until=from_now(HOLD))
        .execution_options(synchronize_session=False)
    )


def _as_claimed() -> ColumnElement[bool]:
    """The message `of_number` as it was claimed for the time `of_tries`: nobody else has it since, nor told it."""
    return and_(UNTOLD, M.number == bindparam("of_number"), M.tries == bindparam("of_tries"))


@cache
def hold_if_claimed() -> Update:
    """The same, unless somebody else claimed it since."""
    return (
        update(M)
        .where(_as_claimed())
        .values(claimed_until=from_now(HOLD))
        .execution_options(synchronize_session=False)
    )


@cache
def let_go() -> Update:
    """The message that was so claimed is as it was before."""
    return (
        update(M)
        .where(_as_claimed())
        .values(claimed_until=None, tries=M.tries - 1)
        .execution_options(synchronize_session=False)
    )
