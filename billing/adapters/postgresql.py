"""Connections to PostgreSQL: patient for so long, and each turn kept to its workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors, sql
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from billing.adapters.clock import DatabaseClock
from billing.adapters.database_urls import POOLED, PREPARE_THRESHOLD
from billing.adapters.glances import Glancing, Statement
from billing.adapters.turn_role import TURN_ROLE
from billing.kept import Glance
from billing.queries.answers import Answer
from billing.queries.revisions import revision_by
from billing.values.actors import Actor

Asked = TypeVar("Asked")
CONNECT_SECONDS = 5
# Nothing is waited for within a transaction: who stands still in one was stopped, and is not to keep its locks.
STILL_SECONDS = 60
# Said in each transaction anew: a pooler gives each another session of the server, and what is set there stays there.
STILL = f"SET LOCAL idle_in_transaction_session_timeout = '{STILL_SECONDS}s'"
BEGIN = f"BEGIN; {STILL}"
# All of its statements see the rows as they were at the first.
BEGIN_MOMENT = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {STILL}"
# A peer that vanished without a word is noticed by TCP itself; one that only stands still by a limit of the caller's.
TCP_LIVENESS = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
WORKSPACE = "billing.workspace"
# How many workspaces the words are remembered of that each of their transactions begins with.
MAX_REMEMBERED = 10_000
GLANCE = "glance"
NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"
CANNOT_BE_TAKEN = (errors.InsufficientPrivilege, errors.InvalidParameterValue, errors.UndefinedTable)


class _PatientConnection(psycopg.Connection[Any]):
    """Waits for each answer no longer than that; then it is closed, so that its pool gives it to nobody else.

    So is one whose server has become a standby meanwhile, behind a pooler that goes on.
    """

    silence_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, timeout or self.silence_seconds)
        except errors.ReadOnlySqlTransaction as refused:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server only reads: {refused}") from None
        except psycopg.OperationalError:
            if timeout or self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise  # the server's own words
            self.pgconn.finish()
            raise psycopg.OperationalError(f"no answer within {self.silence_seconds} seconds") from None


def connect(at: URL, connections: int, silence_seconds: float | None, clock: DatabaseClock | None) -> Engine:
    """As `database.connect`, with so many connections at a time."""
    threshold = at.query.get(PREPARE_THRESHOLD)
    engine = create_engine(
        at.set(drivername="postgresql+psycopg").difference_update_query([PREPARE_THRESHOLD]),
        isolation_level="AUTOCOMMIT",  # the driver begins nothing: we do
        pool_size=connections,
        hide_parameters=True,
        connect_args={"connect_timeout": CONNECT_SECONDS, **TCP_LIVENESS},
    )

    @event.listens_for(engine, "do_connect")
    def patient(_dialect: object, _record: object, args: Any, options: Any) -> psycopg.Connection[Any]:
        connection = _PatientConnection.connect(*args, **options)
        connection.silence_seconds = silence_seconds
        return connection

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], record: Any) -> None:
        record.info[POOLED] = _is_pooled(connection)
        if threshold is not None:
            connection.prepare_threshold = int(str(threshold))
        elif record.info[POOLED]:  # who prepared a statement may be given a session without it
            connection.prepare_threshold = None
        record.info[TURN_ROLE] = _can_take_role(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        """One that has gone since it was used last is replaced, and so are all that are as old."""
        try:
            _begin(connection, clock)
        except DBAPIError:
            if not connection.invalidated:
                raise
            _begin(connection, clock)

    return engine


def _begin(connection: Connection, clock: DatabaseClock | None) -> None:
    """Asks for the time, and so whether the connection still answers, and begins what it is used for: in one trip."""
    options, words = connection.get_execution_options(), NOW
    workspace_id = options.get("workspace")
    if workspace_id is not None:
        words = f"{NOW}; {BEGIN}; {_keeping_to(workspace_id, in_role=connection.info[TURN_ROLE])}"
    elif not options.get("reading"):
        words = f"{NOW}; {BEGIN}"
    asked_at = monotonic()
    there = connection.exec_driver_sql(words, execution_options={"no_parameters": True}).scalar_one()
    if clock is not None:
        clock.answered(there, asked_at)
    if options.get("moment"):
        connection.exec_driver_sql(BEGIN_MOMENT)  # apart: nothing may have been asked in it before


class PostgresqlGlancing(Glancing):
    """What that statement finds of somebody in their workspace: begun, asked and committed in one trip.

    Each connection has prepared it. One that is shared with others, behind a pooler, is not asked so.
    """

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        # SQLAlchemy gives it no types.
        numbered = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
        super().__init__(statement, dialect, numbered)

    def __call__(self, engine: Engine, actor: Actor) -> Glance | None:
        """None where it finds nothing, or cannot be asked so."""

        def glance(
            pooled: PoolProxiedConnection, connection: psycopg.Connection[Any], kept: str
        ) -> Glance | None:
            asked = _executing(*self._named(actor))
            rows = self._found(connection, f"BEGIN; {kept}; {asked}; COMMIT")
            return Glance(revision_by(pooled, rows[0][-1]), rows, self._read) if rows else None

        return self._asked_at(engine, glance)

    def still(self, engine: Engine, answers: Sequence[Answer]) -> bool:
        """Whether the books answer the same to all of it now. Not where they cannot be asked."""

        def ask(_pooled: object, connection: psycopg.Connection[Any], kept: str) -> bool:
            connection.execute(f"BEGIN; {kept}")
            is_same = all(
                one.rows == connection.execute(one.statement, one.parameters).fetchall() for one in answers
            )
            connection.execute("COMMIT")
            return is_same

        return bool(self._asked_at(engine, ask))

    def _asked_at(
        self, engine: Engine, ask: Callable[[PoolProxiedConnection, psycopg.Connection[Any], str], Asked]
    ) -> Asked | None:
        """What is asked on a connection of one workspace's, by the words that keep it to that; None where none is."""
        workspace_id = engine.get_execution_options().get("workspace")
        if workspace_id is None:
            return None
        pooled = engine.raw_connection()
        try:
            connection: Any = pooled.driver_connection
            if pooled.info[POOLED] or connection.prepare_threshold is None:
                return None
            return ask(pooled, connection, _keeping_to(workspace_id, in_role=pooled.info[TURN_ROLE]))
        except psycopg.Error:
            pooled.invalidate()
            engine.dispose()  # those that are as old: the way that is taken next need not wait for each of them
            return None
        finally:
            pooled.close()

    def _found(self, connection: psycopg.Connection[Any], words: str) -> tuple[Any, ...]:
        try:
            found = connection.execute(words)
        except errors.InvalidSqlStatementName:  # forgotten at a rollback, as the driver has it
            connection.rollback()
            connection.execute(f"PREPARE {GLANCE} AS {self._asked}")
            found = connection.execute(words)
        while found.description is None:
            found.nextset()
        return tuple(found.fetchall())


def _is_pooled(connection: psycopg.Connection[Any]) -> bool:
    """The process that a pooler says is behind a connection is none of the server's."""
    (process,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (None,)
    return process != connection.info.backend_pid


def _can_take_role(connection: psycopg.Connection[Any]) -> bool:
    """Whether turns can be worked in the role on this connection, outside of a transaction: it is tried."""
    try:
        connection.execute(f"BEGIN; SET LOCAL ROLE {TURN_ROLE}; SELECT FROM workspaces LIMIT 0; COMMIT")
    except CANNOT_BE_TAKEN:
        connection.rollback()
        return False
    return True


@lru_cache(MAX_REMEMBERED)
def _keeping_to(workspace_id: str, *, in_role: bool) -> str:
    """What a transaction of that workspace is begun with; all that is set in it ends with it."""
    role = f"SET LOCAL ROLE {TURN_ROLE}; " if in_role else ""
    setting = sql.SQL("SET LOCAL {} = {}").format(sql.SQL(WORKSPACE), workspace_id)
    return f"{role}{setting.as_string()}"


@lru_cache(MAX_REMEMBERED)
def _executing(*named: str) -> str:
    return sql.SQL("EXECUTE {} ({})").format(sql.SQL(GLANCE), sql.SQL(", ").join(named)).as_string()
