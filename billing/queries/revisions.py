"""What a reader may read in a property, and which state of the books that was read from: in one statement."""

from __future__ import annotations

import sqlite3
from functools import cache
from typing import Any, Final

from sqlalchemy import PoolProxiedConnection, Select, Text, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from billing.models import Member, Person, Property

MARK: Final = "mark of this connection"
PROPERTIES, MEMBERS, PERSONS = Property.__table__, Member.__table__, Person.__table__


class books_revision(FunctionElement[str]):
    """Other words whenever anything was committed, by any process and in any way, between two of its statements."""

    type = Text()
    inherit_cache = True


@compiles(books_revision, "sqlite")
def _(_element: books_revision, _compiler: SQLCompiler, **_options: Any) -> str:
    """What other connections committed: what this one did is counted by the driver."""
    return "(SELECT data_version FROM pragma_data_version)"


@compiles(books_revision, "postgresql")
def _(_element: books_revision, _compiler: SQLCompiler, **_options: Any) -> str:
    """Which transactions are seen, by the count of one server: one that was restored counts anew, and began later."""
    return (
        "current_database() || ' ' || pg_postmaster_start_time()::text || ' ' || pg_current_snapshot()::text"
    )


@cache
def readable() -> Select[*tuple[Any, ...]]:
    """What `memberships` reads, as plain columns, each row with the revision of the books that it was read from."""
    return (
        select(
            PROPERTIES.c.id,
            PROPERTIES.c.name,
            PROPERTIES.c.time_zone,
            PROPERTIES.c.currency,
            PROPERTIES.c.billing_channel,
            PROPERTIES.c.muted_topics,
            PROPERTIES.c.billing_address,
            PROPERTIES.c.company,
            PROPERTIES.c.has_budget,
            MEMBERS.c.role,
            PERSONS.c.chosen_property_id,
            books_revision().label("revision"),
        )
        .select_from(MEMBERS.join(PROPERTIES).join(PERSONS))
        .where(
            MEMBERS.c.workspace_id == bindparam("workspace_id"),
            MEMBERS.c.user_id == bindparam("user_id"),
            PROPERTIES.c.deleted_at.is_(None),
            PERSONS.c.deactivated_at.is_(None),
        )
        .order_by(PROPERTIES.c.name, PROPERTIES.c.id)
    )


def revision_by(connection: PoolProxiedConnection, said: str) -> tuple[object, ...]:
    """The revision that a row from there says: two that are equal have the same books behind them.

    The first part is whose it is: SQLite's is that of one connection, which does not count what it wrote itself, as
    the driver does.
    """
    driver = connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        return "", said
    return connection.info.setdefault(MARK, object()), said, driver.total_changes
