"""Facts: their place in the feed, and how far the feed can be read without passing what is still being written."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, TextClause, bindparam, select, text

from billing.models import Fact

# What our own advisory locks begin with; the lower 48 bits are a number of the feed.
FEED_LOCK = 0x6663 << 48
# The last number that was drawn; none yet is what a sequence calls not called.
LAST_DRAWN = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM facts_number_seq"


@cache
def register_writer() -> TextClause:
    """PostgreSQL: until this transaction is over, everybody knows that numbers above the last one may be its own."""
    return text(f"SELECT pg_advisory_xact_lock_shared({FEED_LOCK} + ({LAST_DRAWN}))")


@cache
def last_drawn() -> TextClause:
    """PostgreSQL: the last number that anybody has drawn, whether or not it is written already."""
    return text(LAST_DRAWN)


@cache
def lowest_registered() -> TextClause:
    """PostgreSQL: up to this number nothing is being written by those who are registered; nothing without any."""
    return text(
        "SELECT min((classid::bigint << 32 | objid::bigint) & ((1::bigint << 48) - 1)) FROM pg_locks"
        f" WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = {FEED_LOCK >> 48}"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )


@cache
def facts_after() -> Select[Fact]:
    """The next `size` facts behind `number`, up to `last`."""
    return (
        select(Fact)
        .where(Fact.number > bindparam("number"), Fact.number <= bindparam("last"))
        .order_by(Fact.number)
        .limit(bindparam("size"))
    )


@cache
def number_of_fact() -> Select[int]:
    """The place of the fact `id`."""
    return select(Fact.number).where(Fact.id == bindparam("id"))


@cache
def newest_fact() -> Select[*tuple[Any, ...]]:
    """The place of the last one that is written; nothing where there is none."""
    return select(Fact.number).order_by(Fact.number.desc()).limit(1)
