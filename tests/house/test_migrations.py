"""The migrations make what the models say, and can be taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from billing.adapters import database
from billing.models import Base
from billing.values.errors import Unfit
from tests.conftest import own_database

pytestmark = pytest.mark.slow


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def objects(engine: Engine) -> list[str]:
    """Tables, indexes, triggers and functions, as the database itself lists them."""
    listing = {
        "sqlite": "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'",
        "postgresql": "SELECT 'relation ' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT 'function ' || proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
        " WHERE nspname = 'public'",
    }[engine.dialect.name]
    with engine.connect() as connection:
        return sorted(connection.scalars(text(listing)))


def test_the_newest_migration_makes_exactly_what_the_models_say(bare_database_url: str) -> None:
    engine = database.connect(bare_database_url)
    assert len(differences(engine)) >= len(Base.metadata.tables)
    database.migrate(engine)
    assert differences(engine) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    engine.dispose()


def test_they_go_up_down_to_nothing_and_up_again(bare_database_url: str) -> None:
    engine = database.connect(bare_database_url)
    database.migrate(engine)
    made = objects(engine)
    assert sum(name.startswith("trigger ") for name in made) >= 3
    database.migrate(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert not [name for name in objects(engine) if "alembic_version" not in name]
    database.migrate(engine)
    assert objects(engine) == made
    assert differences(engine) == []
    engine.dispose()


OLD_PLACES = {
    "T1 C1": ({"channel": "C1"}, "slack_channel", "C1"),
    "T1 D1": ({"channel": "D1", "reader": "U1", "ts": "1.2"}, "slack_person", "D1"),
    "T1 mail:U1": ({"channel": "mail:U1"}, "mail_person", "U1"),
    "T1 mail:sub_1": ({"channel": "mail:sub_1"}, "mail_receipts", "sub_1"),
}


def test_messages_keep_their_place_on_the_way_up_and_down(bare_database_url: str) -> None:
    engine = database.connect(bare_database_url)
    database.migrate(engine, "0014")
    with engine.begin() as connection:
        for topic, (fact, _, _) in OLD_PLACES.items():
            connection.execute(
                text(
                    "INSERT INTO outbox (workspace_id, topic, kind, fact, written_at, due_at, tries) VALUES"
                    " ('T1', :topic, 'Kind', :fact, '2026-01-31 09:30:00', '2026-01-31 09:30:00', 0)"
                ),
                {"topic": topic, "fact": json.dumps(fact)},
            )
    database.migrate(engine, "0015")
    columns = "audience, address, written_at = queued_at AS same"
    assert rows_of_outbox(engine, columns) == [(*place[1:], True) for place in OLD_PLACES.values()]
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE outbox SET fact = '{}' WHERE address = 'sub_1'")
        )  # as it is written now
    config.attributes["engine"] = engine
    command.downgrade(config, "0014")
    channel = "json_extract(fact, '$.channel')" if engine.dialect.name == "sqlite" else "fact ->> 'channel'"
    before = [(topic, place[0]["channel"]) for topic, place in OLD_PLACES.items()]
    assert rows_of_outbox(engine, f"topic, {channel}") == before
    engine.dispose()


def rows_of_outbox(engine: Engine, columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(text(f"SELECT {columns} FROM outbox ORDER BY number"))
        ]


# Three processes that have loaded everything, so that they begin within a moment of each other.
AT_ONCE = """
import os, sys
import billing.adapters.migration_steps
from billing.__main__ import program

started = []
for _ in range(3):
    if not (process := os.fork()):
        program(["migrate"])
    started.append(process)
print(*(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in started))
"""


def test_two_that_migrate_an_empty_database_at_once_make_its_tables_once(bare_database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        cwd=database.ROOT,
        env={**os.environ, "DATABASE_URL": bare_database_url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "0 0 0", done.stdout + done.stderr
    engine = database.connect(bare_database_url)
    assert differences(engine) == []
    engine.dispose()


def test_who_comes_second_waits_for_the_first(postgresql_server: str) -> None:
    with own_database(postgresql_server, "template1") as url:
        first, second = database.connect(url), database.connect(url)
        with first.begin() as connection:
            database.lock_migrations(connection)
            with ThreadPoolExecutor(1) as pool:
                done = pool.submit(database.migrate, second)
                waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
                while not connection.scalar(waiting):
                    assert not done.done()
                connection.rollback()
                done.result(timeout=60)
        assert differences(first) == []
        first.dispose()
        second.dispose()


def test_a_file_that_stays_locked_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/books.sqlite3"
    engine = database.connect(url)
    with engine.begin():
        impatient = database.connect(f"{url}?timeout=0.1")
        with pytest.raises(Unfit, match="No step was left half done; run this again when it is done"):
            database.migrate(impatient)
        impatient.dispose()
    database.migrate(engine)
    assert differences(engine) == []
    engine.dispose()


def test_there_is_one_newest_migration() -> None:
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
