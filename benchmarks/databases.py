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
    """Where they are kept; each is a copy of one that was migrated once: a file, and a database of that server."""

    folder: Path
    server: str
    file: Path
    template: str

    @contextmanager
    def both(self, name: str = "desk") -> Iterator[dict[str, str]]:
        """A migrated, empty database of each kind: their URLs by kind. Nothing of them is left."""
        copy, named = self.folder / f"{name}.sqlite3", f"benchmark_{name}"
        shutil.copy(self.file, copy)
        self._execute(f"CREATE DATABASE {named} TEMPLATE {self.template}")
        yield {SQLITE: f"sqlite:///{copy}", POSTGRESQL: f"{self.server}/{named}"}
        self._execute(f"DROP DATABASE {named} WITH (FORCE)")
        for left in self.folder.glob(f"{name}.*"):
            left.unlink()

    def migrate(self) -> None:
        """Makes what is copied."""
        self._execute(f"CREATE DATABASE {self.template}")
        for url in (f"sqlite:///{self.file}", f"{self.server}/{self.template}"):
            engine = database.connect(url)
            database.migrate(engine)
            engine.dispose()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def opened(migrated: tuple[str, str] | None) -> Iterator[Databases]:
    """A folder and a server of PostgreSQL, gone afterwards; or who has migrated a file and a database says which."""
    with tempfile.TemporaryDirectory() as folder:
        if migrated:
            server, _, template = migrated[1].rpartition("/")
            yield Databases(Path(folder), server, Path(migrated[0]), template)
            return
        with running_server() as server:
            databases = Databases(Path(folder), server, Path(folder) / f"{EMPTY}.sqlite3", EMPTY)
            databases.migrate()
            yield databases
