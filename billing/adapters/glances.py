"""Rows past SQLAlchemy: compared as the driver has them, and made what they stand for when asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Dialect, Engine, Select
from sqlalchemy.sql.compiler import SQLCompiler

from billing.kept import Glance
from billing.queries.answers import Answer
from billing.queries.revisions import revision_by
from billing.values.actors import Actor

Statement = Select[*tuple[Any, ...]]
Read = Callable[[Sequence[Any]], list[Any]]


def reading(statement: Statement, dialect: Dialect) -> Read:
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


class Glancing:
    """A statement, compiled for the first who looks: whoever never does need not wait for it.

    `written` is the dialect in whose words it is asked, where that is not the one by which its rows are read.
    """

    def __init__(self, statement: Statement, dialect: Dialect, written: Dialect | None = None) -> None:
        self._statement, self._dialect, self._written = statement, dialect, written or dialect

    @cached_property
    def _asked(self) -> SQLCompiler:
        return self._statement.compile(dialect=self._written)

    @cached_property
    def _read(self) -> Read:
        return reading(self._statement, self._dialect)

    def _named(self, actor: Actor) -> list[str]:
        """The values of the statement's parameters, in their order."""
        return [getattr(actor, name) for name in self._asked.positiontup or ()]


class SqliteGlancing(Glancing):
    """What the statement finds of somebody, as one statement that is a transaction by itself."""

    def __call__(self, engine: Engine, actor: Actor) -> Glance | None:
        """None where it finds nothing, or fails."""
        pooled = engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            rows = tuple(driver.execute(self._asked.string, self._named(actor)).fetchall())
            return Glance(revision_by(pooled, rows[0][-1]), rows, self._read) if rows else None
        except sqlite3.Error:
            return None
        finally:
            pooled.close()

    def still(self, engine: Engine, answers: Sequence[Answer]) -> bool:
        """Whether the books answer the same to all of it now. Not where they cannot be asked."""
        pooled = engine.raw_connection()
        try:
            ask: Any = pooled.driver_connection
            return all(one.rows == ask.execute(one.statement, one.parameters).fetchall() for one in answers)
        except sqlite3.Error:
            return False
        finally:
            pooled.close()
