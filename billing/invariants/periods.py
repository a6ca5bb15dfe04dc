"""That the period of a living subscription is the one that its anchor gives."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from billing.models.subscriptions import Status
from billing.values.cycles import Anchor, zone_of
from billing.values.errors import UnknownTimeZone

ANCHORED = "periods follow their anchor"
OFF_ANCHOR = "Its period is from {period_start_at} to {period_end_at}, and its anchor gives another."


def follows_anchor(row: Row[Any]) -> bool:
    """Whether it does; a trial is so many whole days from its anchor on. None does whose time zone nobody knows."""
    try:
        return _follows(row)
    except UnknownTimeZone:
        return False


def _follows(row: Row[Any]) -> bool:
    local = row.anchor_local.replace(fold=row.anchor_fold)
    anchor = Anchor(local, row.anchor_zone, row.anchor_interval, row.anchor_count)
    if row.period_end_at is None or row.period_start_at != anchor.start_of(row.period_index):
        return False
    if row.status is not Status.TRIALING:
        return bool(row.period_end_at == anchor.start_of(row.period_index + 1))
    wall = row.period_end_at.astimezone(zone_of(anchor.zone))
    return row.period_end_at in _ends(anchor, wall.date())


def _ends(anchor: Anchor, last: date) -> tuple[datetime, ...]:
    """The anchor's wall time on that day, and on the one before: a clock that jumps may push it over midnight."""
    zone, at = zone_of(anchor.zone), anchor.local.time()
    days = (last, last - timedelta(days=1))
    return tuple(datetime.combine(day, at, zone).replace(fold=0).astimezone(UTC) for day in days)
