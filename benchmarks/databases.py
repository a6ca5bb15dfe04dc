"""Migrated databases to measure on: SQLite in a file and PostgreSQL from the tests' wheel."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from billing.adapters import database
from tests.postgresql import running_server

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@contextmanager
def both() -> Iterator[dict[str, str]]:
    """A migrated, empty database of each kind: their URLs by name."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE desk")
        urls = {SQLITE: f"sqlite:///{Path(folder) / 'desk.sqlite3'}", POSTGRESQL: f"{server}/desk"}
        for url in urls.values():
            engine = database.connect(url)
            database.migrate(engine)
            engine.dispose()
        yield urls
