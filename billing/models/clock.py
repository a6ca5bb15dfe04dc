"""The database's clock, by which leases go: where two processes disagree about the time, the rows do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from billing.models.base import UtcDateTime


class database_time(FunctionElement[datetime]):
    """The moment of the statement by the database's clock, and so many seconds after it."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_time, "sqlite")
def _(element: database_time, compiler: SQLCompiler, **options: Any) -> str:
    # As the column keeps it: six digits of a second, so that text is compared with its like.
    seconds = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


@compiles(database_time, "postgresql")
def _(element: database_time, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + {seconds} * INTERVAL '1 second')"


def from_now(wait: timedelta = timedelta(0)) -> database_time:
    """The moment after that wait."""
    return database_time(literal(wait.total_seconds(), Float))
