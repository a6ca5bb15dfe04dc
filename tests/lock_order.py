"""The order of `billing.locks`, held against every statement: subscriptions by their ids, then a property.

Two who wait for each other are a deadlock on PostgreSQL, which ends one of them; SQLite has one writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event

ORDER = "order of locks"
LOCKS_PROPERTY = ("UPDATE properties", "FOR NO KEY UPDATE")
OF_PAYMENTS = "SELECT subscription_id FROM payments WHERE id = ANY(%s)"


@dataclass(slots=True)
class Held:
    """What a transaction has locked by now."""

    has_property: bool = False
    subscriptions: set[str] = field(default_factory=set)


def watch(engine: Engine) -> None:
    """Whoever takes a lock out of order on a connection of that engine, which is PostgreSQL's, fails at once."""
    for turn in ("begin", "commit", "rollback"):
        event.listen(engine, turn, _forget)
    event.listen(engine, "before_cursor_execute", _look)


def _forget(connection: Connection) -> None:
    connection.info[ORDER] = Held()


def _look(
    connection: Connection, _: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> None:
    held: Held = connection.info.setdefault(ORDER, Held())
    each = parameters if isinstance(parameters, list) else [parameters]
    locked = set(_subscriptions(connection, statement, each)) - held.subscriptions
    may_wait = not statement.startswith("INSERT") and not statement.endswith("SKIP LOCKED")
    if locked and may_wait:
        assert not held.has_property, f"{locked} after a property: {statement}"
        assert min(locked) > max(held.subscriptions, default=""), f"{locked} after {held.subscriptions}"
    held.subscriptions |= locked
    if "properties" in statement and (statement.startswith(LOCKS_PROPERTY) or LOCKS_PROPERTY[1] in statement):
        held.has_property = True


def _subscriptions(
    connection: Connection, statement: str, each: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Those that it locks: as it writes them, by their ids, or by those of their payments."""
    if statement.startswith("INSERT INTO subscriptions"):
        yield from (value for one in each for name, value in one.items() if name.split("__")[0] == "id")
    elif statement.startswith("UPDATE subscriptions"):
        yield from (one["subscriptions_id"] for one in each if "subscriptions_id" in one)
    elif "FOR UPDATE" not in statement:
        return
    elif "SELECT payments.subscription_id" in statement or "FOR UPDATE OF subscriptions" in statement:
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(OF_PAYMENTS, [[value for value in each[0].values() if isinstance(value, str)]])
            yield from (row[0] for row in cursor.fetchall())
    elif statement.startswith("SELECT subscriptions.id") and "id" in each[0]:
        yield each[0]["id"]
