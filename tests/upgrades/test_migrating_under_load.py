"""Tables change while people buy: a migration gives way to them, is tried again, and none is done by half."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, inspect, text

from billing.adapters import database
from billing.adapters.migration_steps import MigrationSteps
from billing.services.verify import verify
from billing.values.errors import Unfit
from tests.billing.desk import Desk
from tests.conftest import own_database

pytestmark = [pytest.mark.slow, pytest.mark.postgresql]

BUYERS, EACH = 6, 3
BUSY = ("properties", "subscriptions", "payments", "invoices", "outbox")
NEXT = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None


def upgrade() -> None:
    for statement in {statements}:
        op.execute(statement)
"""
# What is made of a long table takes its time. Two tables in one migration are more than ours have (decision 25).
TWO_TABLES = (
    "ALTER TABLE payments ADD COLUMN next_note text",
    "SELECT pg_sleep(0.3)",
    "ALTER TABLE subscriptions ADD COLUMN next_note text",
)
MIGRATION_HAS = text(
    "SELECT count(*) FROM pg_locks WHERE granted AND relation = 'payments'::regclass"
    " AND mode = 'AccessExclusiveLock'"
)


@pytest.fixture
def own_desk(postgresql_server: str, migrated_postgresql: str) -> Iterator[Desk]:
    with own_database(postgresql_server, migrated_postgresql) as url, Desk.open(url) as opened:
        yield opened


def next_steps(desk: Desk, folder: Path, *migrations: tuple[str, ...]) -> MigrationSteps:
    """The migrations with more after them, each of which executes those statements."""
    shutil.copytree(
        database.migrations(), folder / "migrations", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = database.newest_revision()
    for number, statements in enumerate(migrations, start=9001):
        source = NEXT.format(revision=number, before=before, statements=statements)
        (folder / "migrations" / "versions" / f"{number}_next.py").write_text(source, encoding="utf-8")
        before = str(number)
    return MigrationSteps(desk.billing.engine, folder / "migrations")


def changed(engine: Engine) -> set[str]:
    """The tables that have the next version's column."""
    columns = text("SELECT table_name FROM information_schema.columns WHERE column_name = 'next_note'")
    with engine.connect() as connection:
        return set(connection.scalars(columns))


def test_six_buyers_meet_no_error_while_every_busy_table_changes_under_them(
    own_desk: Desk, tmp_path: Path
) -> None:
    desk, owner, is_done = own_desk, own_desk.owner(), Event()
    steps = next_steps(
        desk,
        tmp_path,
        *(
            (
                f"ALTER TABLE {table} ADD COLUMN next_note text",
                f"CREATE INDEX ix_{table}_next_note ON {table} (next_note)",
            )
            for table in BUSY
        ),
    )

    def buys(number: int) -> int:
        bought = 0
        while bought < EACH or not is_done.is_set():
            desk.buy(owner, desk.property_of(owner, f"Shop {number} {bought}"))
            bought += 1
        return bought

    with ThreadPoolExecutor(BUYERS) as pool:
        buyers: list[Future[int]] = [pool.submit(buys, number) for number in range(BUYERS)]
        try:
            steps.up("head", 60)
        finally:
            is_done.set()
        bought = sum(one.result() for one in buyers)
    assert changed(desk.billing.engine) == set(BUSY)
    assert database.revision_of(desk.billing.engine) == "9005"
    assert len(desk.charged()) == len(desk.invoices()) == bought
    assert verify(desk.billing) == ()


def test_who_holds_a_table_gets_the_next_one_too_and_the_migration_comes_after(
    own_desk: Desk, tmp_path: Path
) -> None:
    engine = own_desk.billing.engine
    steps = next_steps(own_desk, tmp_path, TWO_TABLES)
    with ThreadPoolExecutor(1) as pool, engine.connect() as looking, engine.connect() as buyer:
        with buyer.begin():
            buyer.execute(text("LOCK TABLE subscriptions IN ROW EXCLUSIVE MODE"))
            migrating = pool.submit(steps.up, "head", 60)
            while not looking.scalar(MIGRATION_HAS):
                assert not migrating.done()
            buyer.execute(text("LOCK TABLE payments IN ROW EXCLUSIVE MODE"))
            assert not migrating.done()
        migrating.result(timeout=60)
    assert changed(engine) == {"payments", "subscriptions"}


def test_tables_that_never_get_free_are_said_in_a_sentence_and_steps_that_were_done_stay_done(
    postgresql_server: str,
) -> None:
    with own_database(postgresql_server, "template1") as url:
        engine = database.connect(url)
        database.migrate(engine, "0040")
        with engine.begin() as slow:
            slow.execute(text("LOCK TABLE subscriptions IN ROW EXCLUSIVE MODE"))
            migrating = database.connect(url)
            with pytest.raises(Unfit) as refused:
                database.migrate(migrating, patience_seconds=0)
            migrating.dispose()
        assert refused.value.values["revision"] == "0041"
        assert {"sdi_receipts"} == {"sdi_receipts", "usage_events"} & set(inspect(engine).get_table_names())
        database.migrate(engine, patience_seconds=0)
        assert database.revision_of(engine) == database.newest_revision()
        engine.dispose()
