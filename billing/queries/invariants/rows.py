"""What the statements of the invariants share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import InstrumentedAttribute

# Two ids of where first, then whatever the sentence about it needs.
Rows = Select[*tuple[Any, ...]]


def or_0(amount: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The amount, zero where an outer join found none."""
    return func.coalesce(amount, 0)
