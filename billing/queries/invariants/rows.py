"""What the statements of the invariants share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func
from sqlalchemy.orm import InstrumentedAttribute

from billing.models.base import UtcDateTime

# Two ids of where first, then whatever the sentence about it needs.
Rows = Select[*tuple[Any, ...]]
STALE_AFTER = timedelta(minutes=10)
# Back-off has no longer wait than a day: a try that is further away does not come from it.
TOO_LONG = timedelta(days=2)
# How far each of these moments is from that of the look: the statements are made once, and ask for them by name.
MOMENTS = {
    "late": -timedelta(hours=1),
    "stale": -STALE_AFTER,
    "soon": timedelta(hours=1),
    "far": TOO_LONG,
    # The days of the schedule can be set; a quarter of a year between two of them is none that anybody has set.
    "too_far": timedelta(days=92),
}


def moments_around(now: datetime) -> dict[str, datetime]:
    """The moments that the statements are asked with."""
    return {name: now + distance for name, distance in MOMENTS.items()}


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UtcDateTime())


LATE, STALE, SOON, FAR, TOO_FAR = (_moment(name) for name in MOMENTS)


def or_0(amount: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The amount, zero where an outer join found none."""
    return func.coalesce(amount, 0)


def same(*pairs: tuple[Any, Any]) -> ColumnElement[bool]:
    """That the columns of each pair are equal: what a join goes by."""
    return and_(*(one == other for one, other in pairs))
