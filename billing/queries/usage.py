"""Usage: which plans of a workspace it may belong to, and events and counters."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Delete, Select, Update, bindparam, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing.models import Plan, Price, Subscription, UsageCounter, UsageEvent
from billing.models.subscriptions import LIVING
from billing.queries.subscriptions import OF_CYCLE

S, C, E = Subscription, UsageCounter, UsageEvent
Row = dict[str, Any]


@cache
def living_plans() -> Select[*tuple[Any, ...]]:
    """What lives in `property_ids` of the workspace, with its plan: at most one of each add-on in each."""
    return (
        select(
            S.id,
            S.property_id,
            S.add_on_id,
            S.period_start_at,
            S.period_end_at,
            S.cancelled_at,
            S.quantity,
            Plan,
        )
        .join(Price, Price.id == S.price_id)
        .join(Price.plan)
        .where(
            S.workspace_id == bindparam("workspace_id"),
            S.property_id.in_(bindparam("property_ids", expanding=True)),
            S.status.in_(LIVING),
        )
        .order_by(S.id)
    )


@cache
def known_events() -> Select[str]:
    """Which of `event_ids` were counted before."""
    return select(E.event_id).where(
        E.workspace_id == bindparam("workspace_id"),
        E.event_id.in_(bindparam("event_ids", expanding=True)),
    )


@cache
def used_in_cycles() -> Select[*tuple[Any, ...]]:
    """What lives in the property, with its plan's quota and what was used in its cycle; None for nothing yet."""
    return (
        select(S, Plan, C.used)
        .join(Price, Price.id == S.price_id)
        .join(Price.plan)
        .outerjoin(C, OF_CYCLE)
        .where(
            S.workspace_id == bindparam("workspace_id"),
            S.property_id == bindparam("property_id"),
            S.status.in_(LIVING),
        )
        .order_by(S.add_on_id)
    )


def keep_events(session: Session, rows: list[Row]) -> set[str]:
    """Writes those that are not there yet, and answers their ids.

    Whoever else is writing one of them is waited for. They go in the order of their ids, so that two never wait for
    each other.
    """
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    written = insert(E).on_conflict_do_nothing().returning(E.event_id)
    in_order = sorted(rows, key=lambda row: row["event_id"])
    return set(connection.execute(written, in_order).scalars()) if in_order else set()


def add_to_counters(session: Session, rows: list[Row]) -> list[Any]:
    """Adds `used` to each, in the order of their keys; answers them as they are by then, locked to the commit."""
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh = insert(C)
    key = [C.workspace_id, C.subscription_id, C.cycle_start_at]
    added = fresh.on_conflict_do_update(
        index_elements=key, set_={"used": C.used + fresh.excluded.used}
    ).returning(*C.__table__.columns)
    in_order = sorted(rows, key=lambda row: (row["subscription_id"], row["cycle_start_at"]))
    return list(connection.execute(added, in_order)) if in_order else []


@cache
def forget_events() -> Delete:
    """Deletes the first `size` events that were counted before `before`."""
    old = (
        select(E.workspace_id, E.event_id)
        .where(E.counted_at < bindparam("before", type_=E.counted_at.type))
        .order_by(E.counted_at)
        .limit(bindparam("size"))
    )
    return delete(E).where(tuple_(E.workspace_id, E.event_id).in_(old))


@cache
def remember_mark() -> Update:
    """The counter of `of_subscription` and `of_cycle` has told that mark of that quota."""
    return (
        update(C)
        .where(
            C.workspace_id == bindparam("of_workspace"),
            C.subscription_id == bindparam("of_subscription"),
            C.cycle_start_at == bindparam("of_cycle", type_=C.cycle_start_at.type),
        )
        .values(told_percent=bindparam("percent"), told_quota=bindparam("quota"))
    )
