"""What the pretend Stripe remembers, in a file of SQLite: its objects, its events, and the replies kept by key."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

# Stripe forgets a key after a day, and with it the reply.
KEYS_LIVE = timedelta(hours=24)
TABLES = """
CREATE TABLE IF NOT EXISTS objects
    (n INTEGER PRIMARY KEY, id TEXT UNIQUE, kind TEXT, created INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS objects_of_kind ON objects (kind);
CREATE INDEX IF NOT EXISTS objects_of_customer ON objects (kind, json_extract(body, '$.customer'));
CREATE INDEX IF NOT EXISTS objects_of_payment ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, asked TEXT, status INTEGER, body TEXT, at INTEGER);
"""
Thing = dict[str, Any]


class Books:
    """One account. With a path it survives its process; the caller sees to it that one at a time works with it."""

    def __init__(self, clock: Callable[[], datetime], path: str = ":memory:") -> None:
        self.clock = clock
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._rows.executescript(TABLES)
        self._saved = sqlite3.connect(":memory:", check_same_thread=False)

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    def make(self, prefix: str, kind: str, **values: Any) -> Thing:
        """A new object of that kind, kept."""
        made = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": kind,
            "created": self.now,
            "livemode": False,
        }
        return self.keep({**made, **values})

    def keep(self, thing: Thing) -> Thing:
        """The object as it is now."""
        row = (thing["id"], thing["object"], thing["created"], json.dumps(thing))
        self._rows.execute(
            "INSERT INTO objects (id, kind, created, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            row,
        )
        return thing

    def find(self, kind: str, id_: str) -> Thing | None:
        row = self._rows.execute("SELECT body FROM objects WHERE id = ? AND kind = ?", (id_, kind)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self, kind: str, since: int = 0) -> list[Thing]:
        """The newest first, as Stripe lists."""
        rows = self._rows.execute(
            "SELECT body FROM objects WHERE kind = ? AND created >= ? ORDER BY n DESC", (kind, since)
        )
        return [json.loads(row[0]) for row in rows]

    def page(
        self, kind: str, since: int, of: Mapping[str, str], after: str | None, limit: int
    ) -> list[Thing]:
        """The newest first: those that are `of` that customer or payment, behind the one with the id `after`."""
        of_it = "".join(f" AND json_extract(body, '$.{name}') = ?" for name in of)
        behind = " AND n < (SELECT n FROM objects WHERE id = ?)" if after else ""
        rows = self._rows.execute(
            f"SELECT body FROM objects WHERE kind = ? AND created >= ?{of_it}{behind} ORDER BY n DESC LIMIT ?",
            (kind, since, *of.values(), *((after,) if after else ()), limit),
        )
        return [json.loads(row[0]) for row in rows]

    def tell(self, kind: str, about: Mapping[str, Any]) -> None:
        """An event, to be delivered."""
        self.make("evt", "event", type=kind, data={"object": dict(about)}, told=False)

    def reply_to(self, key: str) -> tuple[str, int, str] | None:
        """What was asked with that key and what was answered, unless that is forgotten."""
        oldest = self.now - int(KEYS_LIVE.total_seconds())
        row = self._rows.execute(
            "SELECT asked, status, body FROM replies WHERE key = ? AND at > ?", (key, oldest)
        ).fetchone()
        return tuple(row) if row else None

    def keep_reply(self, key: str, asked: str, status: int, body: str) -> None:
        self._rows.execute(
            "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", (key, asked, status, body, self.now)
        )

    def forget_keys(self) -> None:
        """As if a day had passed for them."""
        self._rows.execute("DELETE FROM replies")

    def clear(self) -> None:
        """An account in which nothing has happened yet."""
        self._rows.executescript("DELETE FROM objects; DELETE FROM replies;")

    def save(self) -> None:
        """Keeps a copy of everything, to which `restore` goes back."""
        self._rows.backup(self._saved)

    def restore(self) -> None:
        self._saved.backup(self._rows)

    def close(self) -> None:
        self._rows.close()
        self._saved.close()
