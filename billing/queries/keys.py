"""Rows by their keys, of several columns each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.roles import ExpressionElementRole
from sqlalchemy.sql.sqltypes import NULLTYPE


class among(FunctionElement[Any]):
    """Whether these columns are one of the keys that are given under that name."""

    type = NULLTYPE  # of a truth value SQLAlchemy would ask whether it is 1, and SQLite then look for nothing by it
    inherit_cache = True

    def __init__(self, *columns: ExpressionElementRole[Any], named: str = "keys") -> None:
        super().__init__(tuple_(*columns).in_(bindparam(named, expanding=True)))


@compiles(among)
def _(element: among, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(among, "sqlite")
def _(element: among, compiler: SQLCompiler, **options: Any) -> str:
    """SQLite looks for rows by an index where the keys are rows of a SELECT; for bare VALUES it reads all rows."""
    columns, keys = compiler.process(element.clauses, **options).split(" IN ")
    return f"{columns} IN (SELECT * FROM {keys})"
