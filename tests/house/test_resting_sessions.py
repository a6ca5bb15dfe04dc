"""What the tests share of PostgreSQL: the next one's session is as good as new, whatever the last one did to it."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Connection

from billing.adapters.turn_role import TURN_ROLE
from tests.billing.desk import Desk, furnish
from tests.postgresql import ReusedDatabase

pytestmark = pytest.mark.postgresql

DONE_TO_A_SESSION = (
    "SET work_mem = '1MB'",
    f"SET ROLE {TURN_ROLE}",
    "SET search_path = pg_catalog",
    "LISTEN anything",
    "SELECT pg_advisory_lock(7)",
    "CREATE TEMP TABLE left_over (id int)",
    "DECLARE left_open CURSOR WITH HOLD FOR SELECT 1",
)
# What a session has of its own.
ITS_OWN = (
    "SHOW work_mem",
    "SELECT current_user",
    "SHOW search_path",
    "SELECT * FROM pg_listening_channels()",
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
    "SELECT count(*) FROM pg_class WHERE relname = 'left_over'",
    "SELECT count(*) FROM pg_cursors WHERE name <> ''",
)


@pytest.fixture
def url(reused_postgresql: ReusedDatabase) -> str:
    reused_postgresql.furnish(furnish)
    return reused_postgresql.url


def test_the_next_test_has_the_session_without_what_was_done_to_it(url: str) -> None:
    with Desk.at(url) as desk, desk.billing.engine.connect() as connection:
        process, new = _process(connection), _own(connection)
        for statement in DONE_TO_A_SESSION:
            connection.exec_driver_sql(statement)
        connection.commit()  # from which on it listens
        done = _own(connection)
    assert not [asked for asked, before, after in zip(ITS_OWN, new, done, strict=True) if before == after]
    with Desk.at(url) as desk, desk.billing.engine.connect() as connection:
        assert (_process(connection), _own(connection)) == (process, new)


def test_one_that_was_ended_meanwhile_is_replaced(url: str) -> None:
    with Desk.at(url) as desk, desk.billing.engine.connect() as connection:
        process = _process(connection)
    with psycopg.connect(url) as another:
        another.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    with Desk.at(url) as desk, desk.billing.engine.connect() as connection:
        assert _process(connection) != process


def _process(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


def _own(connection: Connection) -> list[list[str]]:
    return [[str(row) for row in connection.exec_driver_sql(asked)] for asked in ITS_OWN]
