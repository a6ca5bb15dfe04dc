"""Pages of a list: how many rows there are, and those of one page."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVarTuple

from sqlalchemy import Select, bindparam, func

Row = TypeVarTuple("Row")


@cache
def counted(rows: Select[*tuple[Any, ...]]) -> Select[int]:
    """How many rows that statement has. One that joins says itself where it begins (`select_from`)."""
    return rows.with_only_columns(func.count()).order_by(None)


@cache
def page(rows: Select[*Row]) -> Select[*Row]:
    """Of its rows so many as `size` says, after the `first` ones."""
    return rows.limit(bindparam("size")).offset(bindparam("first"))
