"""The server that takes writes is another one from now on: who writes finds it by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from billing.adapters import database, database_urls
from billing.renewals.single import catch_up
from tests.billing.desk import WORKSPACE, Desk
from tests.postgresql import ReusedDatabase


@pytest.mark.postgresql
def test_a_connection_whose_server_only_reads_by_now_is_used_no_more(
    reused_postgresql: ReusedDatabase,
) -> None:
    engine = database.connect(reused_postgresql.url)
    with engine.begin() as connection:
        # As behind a pooler that goes on: the connection stays, and its server is a standby now.
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() == before
        with pytest.raises(OperationalError, match="the server only reads"):
            connection.exec_driver_sql("UPDATE workspaces SET id = id")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("UPDATE workspaces SET id = id").rowcount == 0
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != before
    engine.dispose()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgresql://one:5432,other:5432/desk", "read-write"),
        ("postgresql://one:5432,other:5432/desk?target_session_attrs=primary", "primary"),
        ("postgresql:///desk?host=one:5432&host=other:5432", "read-write"),
        ("postgresql://one:5432/desk", None),
    ],
)
def test_of_several_hosts_the_one_that_takes_writes_is_meant(written: str, meant: str | None) -> None:
    assert database_urls.parse(written).query.get("target_session_attrs") == meant


@pytest.mark.postgresql
def test_of_several_hosts_those_that_are_away_are_passed_over(reused_postgresql: ReusedDatabase) -> None:
    here = database_urls.parse(reused_postgresql.url)
    engine = database.connect(
        f"postgresql://{here.username}@127.0.0.1:1,{here.host}:{here.port}/{here.database}"
    )
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "off"
    engine.dispose()


def test_of_a_cycle_that_met_no_database_no_traceback_is_written(sqlite_desk: Desk) -> None:
    away = replace(sqlite_desk.billing, engine=database.connect("postgresql://desk@127.0.0.1:1/desk"))
    with capture_logs() as said, pytest.raises(OperationalError):
        catch_up(away, WORKSPACE, "sub_1")
    assert [(one["event"], one["exc_info"]) for one in said] == [("a cycle could not begin", False)]
