"""Connections to PostgreSQL: patient for so long, and each turn kept to its workspace."""

from __future__ import annotations

from functools import lru_cache
from time import monotonic
from typing import Any

import psycopg
from psycopg import errors, sql
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError

from billing.adapters.clock import DatabaseClock
from billing.adapters.database_urls import POOLED, PREPARE_THRESHOLD
from billing.adapters.turn_role import TURN_ROLE

CONNECT_SECONDS = 5
# Nothing is waited for within a transaction: who stands still in one was stopped, and is not to keep its locks.
STILL_SECONDS = 60
# Said in each transaction anew: a pooler gives each another session of the server, and what is set there stays there.
BEGIN = f"BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{STILL_SECONDS}s'"
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

    @event.listens_for(engine, "checkout")
    def ask_the_time(connection: psycopg.Connection[Any], *_: object) -> None:
        """Whether it still answers must be asked each time it is used again: that question sets the clock."""
        asked_at = monotonic()
        try:
            (there,) = connection.execute(NOW).fetchone() or (None,)
        except psycopg.Error:
            if not connection.closed:
                raise
            raise InvalidatePoolError from None  # it is replaced, and all that are as old
        if clock is not None and there is not None:
            clock.answered(there, asked_at)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        workspace_id = options.get("workspace")
        if workspace_id is not None:
            kept = _keeping_to(workspace_id, in_role=connection.info[TURN_ROLE])
            connection.exec_driver_sql(f"{BEGIN}; {kept}", execution_options={"no_parameters": True})
        elif not options.get("reading"):
            connection.exec_driver_sql(BEGIN)

    return engine


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
