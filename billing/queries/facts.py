"""Facts: their place in the feed, and how far the feed can be read without passing what is still being written."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, TextClause, and_, bindparam, func, select, text

from billing.models import Fact, Invoice, Subscription

# What our own advisory locks begin with; the lower 48 bits are a number of the feed.
FEED_LOCK = 0x6663 << 48
# The invoice that a fact is about, and what its facts show of it.
IS_ABOUT = and_(Invoice.workspace_id == Fact.workspace_id, Invoice.id == Fact.subject_id)
SHOWN = (
    Invoice.id,
    Invoice.workspace_id,
    Invoice.property_id,
    Invoice.subscription_id,
    Invoice.number,
    Invoice.issued_on,
    Invoice.total_minor,
    Invoice.currency,
)
# What an event is in order with: the subscription that it is about, or else its own subject.
SUBJECT_KEY = func.coalesce(
    Fact.state["subscription"].as_string(),
    select(Invoice.subscription_id).where(IS_ABOUT).correlate(Fact).scalar_subquery(),
    Fact.subject_id,
)
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
def facts_after() -> Select[*tuple[Any, ...]]:
    """The next `size` facts behind `number`, up to `last`, each with what it is about."""
    return (
        with_subjects()
        .where(Fact.number > bindparam("number"), Fact.number <= bindparam("last"))
        .order_by(Fact.number)
        .limit(bindparam("size"))
    )


def with_subjects() -> Select[*tuple[Any, ...]]:
    """Facts, and what the invoice or subscription of each says for good: a short one does not repeat it."""
    bought = and_(Subscription.workspace_id == Fact.workspace_id, Subscription.id == Fact.subject_id)
    return (
        select(Fact, *SHOWN, Subscription.purchased_at)
        .outerjoin(Invoice, IS_ABOUT)
        .outerjoin(Subscription, bought)
    )


@cache
def number_of_fact() -> Select[int]:
    """The place of the fact `id`."""
    return select(Fact.number).where(Fact.id == bindparam("id"))


@cache
def newest_fact() -> Select[*tuple[Any, ...]]:
    """The place of the last one that is written; nothing where there is none."""
    return select(Fact.number).order_by(Fact.number.desc()).limit(1)
