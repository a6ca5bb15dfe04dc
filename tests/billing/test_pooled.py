"""Behind PgBouncer, which gives each transaction whatever session is free: nothing is left there or expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import database
from billing.values.errors import Away
from tests.conftest import own_database
from tests.pooler import running_pooler
from tests.postgresql import ReusedDatabase, binaries, free_port

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

OFTEN = 12  # the driver prepares a statement after five times


@pytest.fixture
def pooled_url(reused_postgresql: ReusedDatabase) -> Iterator[str]:
    with running_pooler(reused_postgresql.url) as url:
        yield f"{url}/{ReusedDatabase.NAME}"
    reused_postgresql.empty()


def test_nothing_is_prepared_or_set_where_another_may_meet_it(
    pooled_url: str, reused_postgresql: ReusedDatabase
) -> None:
    ours, others = (
        database.connect(pooled_url),
        psycopg.connect(pooled_url, autocommit=True, prepare_threshold=None),
    )
    assert database.passes_a_pooler(ours)
    for number in range(OFTEN):
        with ours.begin() as connection:
            asked = "SELECT current_setting('idle_in_transaction_session_timeout'), %s::int"
            assert connection.exec_driver_sql(asked, (number,)).one() == ("1min", number)
            with others.transaction():  # it holds another session meanwhile
                others.execute("SELECT 1")
        kept = (
            "SELECT current_setting('idle_in_transaction_session_timeout'), current_user,"
            " (SELECT count(*) FROM pg_prepared_statements)"
        )
        assert others.execute(kept).fetchone() == ("0", "postgres", 0)
    others.close()
    ours.dispose()
    direct = database.connect(reused_postgresql.url)
    assert not database.passes_a_pooler(direct)
    direct.dispose()


def test_how_often_before_a_statement_is_prepared_may_be_said(reused_postgresql: ReusedDatabase) -> None:
    for said, counted in (("", 5), ("?prepare_threshold=2", 2)):
        engine = database.connect(f"{reused_postgresql.url}{said}")
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            assert driver.prepare_threshold == counted
        engine.dispose()


def test_a_pooler_whose_server_is_away_is_waited_for() -> None:
    away = f"postgresql://postgres@127.0.0.1:{free_port()}"
    with running_pooler(away, server_login_retry="0.2", query_wait_timeout="2") as url:
        engine = database.connect(f"{url}/books")
        fault = database.fault_of(engine)
        assert type(fault) is Away, fault
        engine.dispose()


def test_tables_are_made_through_it_and_copies_are_made_beside_it(
    postgresql_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_database(postgresql_server, "template1") as url, running_pooler(url) as pooler:
        through = f"{pooler}/{make_url(url).database}"
        run = CliRunner().invoke
        monkeypatch.setenv("DATABASE_URL", through)
        assert run(program, ["migrate"]).exit_code == 0
        assert run(program, ["verify"]).exit_code == 0
        refused = run(program, ["backup", str(tmp_path / "books")])
        assert (refused.exit_code, "pg_dump cannot go through a pooler" in refused.output) == (1, True)
        assert list(tmp_path.iterdir()) == []
        # It would have left its sessions without a search_path.
        with psycopg.connect(through) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() is not None
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("PATH", str(binaries()), prepend=":")
        assert run(program, ["backup", str(tmp_path / "books")]).exit_code == 0
