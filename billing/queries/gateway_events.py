"""Gateway events: those that wait to be processed."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update

from billing.models import GatewayEventRow


@cache
def unprocessed() -> Select[str, str, str]:
    """The oldest `size` events of `gateway` that nobody has processed, without those of `failed`."""
    return (
        select(GatewayEventRow.event_id, GatewayEventRow.object_id, GatewayEventRow.kind)
        .where(
            GatewayEventRow.processed_at.is_(None),
            GatewayEventRow.event_id.not_in(bindparam("failed", expanding=True)),
            GatewayEventRow.gateway == bindparam("gateway"),
        )
        .order_by(GatewayEventRow.received_at)
        .limit(bindparam("size"))
    )


@cache
def waiting() -> Select[*tuple[Any, ...]]:
    """All events of `gateway` that nobody has processed, oldest first: their id, kind, object and moment."""
    return (
        select(
            GatewayEventRow.event_id,
            GatewayEventRow.kind,
            GatewayEventRow.object_id,
            GatewayEventRow.received_at,
        )
        .where(GatewayEventRow.processed_at.is_(None), GatewayEventRow.gateway == bindparam("gateway"))
        .order_by(GatewayEventRow.received_at)
    )


@cache
def mark_processed() -> Update:
    """All events of `sender` that came up to the moment `before` are processed, `at` that one."""
    return (
        update(GatewayEventRow)
        .where(
            GatewayEventRow.processed_at.is_(None),
            GatewayEventRow.gateway == bindparam("sender"),
            GatewayEventRow.received_at <= bindparam("before"),
        )
        .values(processed_at=bindparam("at"))
        .execution_options(synchronize_session=False)
    )
