"""Rows of one statement past SQLAlchemy: compared as the driver has them, and made what they stand for when asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Dialect, Engine, Select

from billing.kept import Glance
from billing.queries.revisions import revision_by
from billing.values.actors import Actor

Statement = Select[*tuple[Any, ...]]


def reading(statement: Statement, dialect: Dialect) -> Callable[[Sequence[Any]], list[Any]]:
    """What makes of the driver's rows those that SQLAlchemy would give: named, and of the columns' types."""
    columns = [
        (name, column.type.dialect_impl(dialect).result_processor(dialect, None))
        for name, column in statement.selected_columns.items()
    ]

    def read(rows: Sequence[Any]) -> list[Any]:
        return [
            SimpleNamespace(
                **{
                    name: make(value) if make else value
                    for (name, make), value in zip(columns, row, strict=True)
                }
            )
            for row in rows
        ]

    return read


class SqliteGlancing:
    """What the statement finds of somebody, as one statement that is a transaction by itself."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._words, self._names = str(compiled), compiled.positiontup or ()
        self._read = reading(statement, dialect)

    def __call__(self, engine: Engine, actor: Actor) -> Glance | None:
        """None where it finds nothing, or fails."""
        pooled = engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            who = [getattr(actor, name) for name in self._names]
            rows = tuple(driver.execute(self._words, who).fetchall())
            return Glance(revision_by(pooled, rows[0][-1]), rows, self._read) if rows else None
        except sqlite3.Error:
            return None
        finally:
            pooled.close()
