"""Migrated databases to measure on: SQLite in a file and PostgreSQL from the tests' wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from billing.adapters import database
from tests.postgresql import running_server

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
EMPTY = "empty"


@dataclass(frozen=True)
class Databases:
    """Where they are kept; each is a copy of one that was migrated once."""

    folder: Path
    server: str

    @contextmanager
    def both(self, name: str = "desk") -> Iterator[dict[str, str]]:
        """A migrated, empty database of each kind: their URLs by kind. Nothing of them is left."""
        shutil.copy(self._file(EMPTY), self._file(name))
        self._execute(f"CREATE DATABASE {name} TEMPLATE {EMPTY}")
        yield self._urls(name)
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")
        for left in self.folder.glob(f"{name}.*"):
            left.unlink()

    def migrate(self) -> None:
        """Makes what is copied."""
        self._execute(f"CREATE DATABASE {EMPTY}")
        for url in self._urls(EMPTY).values():
            engine = database.connect(url)
            database.migrate(engine)
            engine.dispose()

    def _urls(self, name: str) -> dict[str, str]:
        return {SQLITE: f"sqlite:///{self._file(name)}", POSTGRESQL: f"{self.server}/{name}"}

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def _execute(self, statement: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def opened() -> Iterator[Databases]:
    """A folder and a server of PostgreSQL, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        databases = Databases(Path(folder), server)
        databases.migrate()
        yield databases
