"""The facts of each year in a table of their own, made of the one table while everything goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters import backups, database, partitions
from billing.adapters.partitions import CHECK
from billing.bootstrap import make_billing, real_time
from billing.scheduler import make_scheduler
from billing.services import facts, properties
from billing.services.verify import verify
from billing.settings import BillingSettings
from billing.values.errors import Unfit
from tests.billing.desk import WORKSPACE, Desk, at_once
from tests.conftest import own_database
from tests.postgresql import binaries

pytestmark = pytest.mark.postgresql
OTHER = "TOTHER"
# Ids are made of the machine's own time, whatever a desk's clock says.
THIS = real_time().year
NOW = datetime(THIS, 6, 1, tzinfo=UTC)
FIRST = f"facts_{THIS}"


@pytest.fixture
def books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk on a PostgreSQL database of its own, at which the operator's commands work."""
    server = request.getfixturevalue("postgresql_server")
    with (
        own_database(server, request.getfixturevalue("migrated_postgresql")) as url,
        Desk.open(url) as desk,
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        yield desk


def run(*words: str) -> Result:
    return CliRunner().invoke(program, words, env={"LC_ALL": "C"})


def years(desk: Desk) -> dict[int, bool]:
    """Which there are, and whether each is read."""
    return {one.year: one.attached for one in partitions.partitions(desk.billing.engine)}


def written(desk: Desk) -> dict[str, int]:
    """How many facts stand in which table."""
    with desk.billing.engine.connect() as connection:
        rows = connection.execute(text("SELECT tableoid::regclass::text, count(*) FROM facts GROUP BY 1"))
        return {row[0]: row[1] for row in rows}


def feed(desk: Desk) -> list[str]:
    found: list[str] = []
    while page := facts.listed(desk.billing, found[-1] if found else None, size=7):
        found += [fact.id for fact in page]
    return found


def of_day(desk: Desk, moment: datetime) -> None:
    """A fact that was written then; all that a test writes is written now, whatever the desk's clock says."""
    id_ = partitions.first_id_of(moment)
    with desk.billing.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO facts (id, workspace_id, type, subject_id, at, state) "
                f"VALUES ('{id_}', '{WORKSPACE}', 'property.created', 'prop_1', now(), '{{}}')"
            )
        )


def test_a_table_becomes_a_partition_while_people_write(books: Desk) -> None:
    owner, enough = books.owner(), Event()
    home = books.property_of(owner)
    books.buy(owner, home)

    def write() -> int:
        count = 0
        while not enough.is_set():
            books.property_of(owner, f"Casa {count}")
            count += 1
        return count

    def begin() -> None:
        try:
            partitions.divide(books.billing, NOW)
        finally:
            enough.set()

    _, count = at_once(begin, write)
    assert count
    books.property_of(owner, "After")
    assert years(books) == {THIS: True, THIS + 1: True}
    found = feed(books)
    assert len(found) == len(set(found)) == sum(written(books).values())
    assert verify(books.billing) == ()


def test_a_table_in_use_is_waited_for_and_nobody_behind_it(books: Desk) -> None:
    owner, engine = books.owner(), books.billing.engine
    with psycopg.connect(make_url(engine.url).set(drivername="postgresql").render_as_string()) as reader:
        reader.execute("SELECT count(*) FROM facts")
        with ThreadPoolExecutor(1) as pool:
            begun = pool.submit(partitions.divide, books.billing, NOW)
            for number in range(5):
                books.property_of(owner, f"Casa {number}")
            assert not begun.done()
            reader.rollback()
            begun.result()
    assert years(books) == {THIS: True, THIS + 1: True}
    assert sum(written(books).values()) == 5


def test_who_never_lets_go_is_said_and_nothing_is_left(books: Desk) -> None:
    engine = books.billing.engine
    with psycopg.connect(make_url(engine.url).set(drivername="postgresql").render_as_string()) as reader:
        reader.execute("SELECT count(*) FROM facts")
        with pytest.raises(Unfit, match="others held the facts for 0 seconds"):
            partitions.divide(books.billing, NOW, patience_seconds=0)
    assert years(books) == {}
    assert partitions.missing(engine, NOW) is None


def test_what_fails_half_way_leaves_the_table_as_it_was(books: Desk) -> None:
    with books.billing.engine.begin() as connection:
        connection.execute(text("CREATE TABLE facts_rest (taken text)"))
    with pytest.raises(ProgrammingError, match="facts_rest"):
        partitions.divide(books.billing, NOW)
    assert (years(books), partitions.missing(books.billing.engine, NOW)) == ({}, None)
    books.property_of(books.owner())
    assert written(books) == {"facts": 1}


def test_what_a_crash_left_is_said_and_the_beginning_is_run_again(books: Desk) -> None:
    with books.billing.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE facts ADD CONSTRAINT {CHECK} CHECK (id < 'evt_0') NOT VALID"))
    said = run("verify")
    assert said.exit_code == 1
    assert said.output == "Partitions were begun and not finished: python -m billing partitions begin\n"
    assert run("partitions", "begin").exit_code == 0
    books.property_of(books.owner())
    assert run("verify").exit_code == 0


def test_a_turn_sees_its_own_workspace_in_every_partition(books: Desk) -> None:
    properties.register_workspace(books.billing, OTHER, "Altro", "it")
    partitions.divide(books.billing, NOW)
    for workspace_id in (WORKSPACE, OTHER):
        books.property_of(books.person("UOWNER", workspace_id=workspace_id))
    of_day(books, NOW.replace(year=THIS + 3))
    partitions.keep_ahead(books.billing, NOW.replace(year=THIS + 2))
    with books.billing.within(OTHER).work("test") as work:
        for table, count in {"facts": 1, FIRST: 1, f"facts_{THIS + 3}": 0}.items():
            seen = work.session.execute(text(f"SELECT workspace_id FROM {table}")).scalars().all()
            assert seen == [OTHER] * count, table


def test_nothing_is_refused_without_its_partition_and_it_is_made_good(books: Desk) -> None:
    engine = books.billing.engine
    partitions.divide(books.billing, NOW)
    of_day(books, datetime(THIS + 2, 1, 1, tzinfo=UTC))
    of_day(books, datetime(THIS + 3, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert written(books) == {"facts_rest": 2}
    books.clock.now = NOW.replace(year=THIS + 2)
    fault = partitions.missing(engine, books.clock.now)
    assert str(fault).startswith(f"The facts of {THIS + 3} have no partition yet: the worker makes one")
    scheduler = make_scheduler(books.billing)
    (job,) = (one for one in scheduler.get_jobs() if one.func.args[0] == "tick partitions")
    job.func()
    assert years(books) == dict.fromkeys(range(THIS, THIS + 4), True)
    assert written(books) == {f"facts_{THIS + 2}": 1, f"facts_{THIS + 3}": 1}
    assert partitions.missing(engine, books.clock.now) is None


def test_old_years_are_put_aside_the_oldest_first_and_come_back(books: Desk) -> None:
    engine = books.billing.engine
    books.property_of(books.owner())
    assert run("partitions", "list").output == "The facts are in one table.\n"
    partitions.divide(books.billing, NOW)
    assert "Nothing was changed: the facts have partitions already" in run("partitions", "begin").output
    partitions.keep_ahead(books.billing, NOW.replace(year=THIS + 2))
    now = NOW.replace(year=THIS + 3)
    with pytest.raises(Unfit, match=f"{THIS + 1} stays"):
        partitions.detach(books.billing, THIS + 1, now)
    with pytest.raises(Unfit, match=f"{THIS} is older"):
        partitions.detach(books.billing, THIS + 1, now.replace(year=THIS + 4))
    with pytest.raises(Unfit, match="no partition of 1999 is attached"):
        partitions.detach(books.billing, 1999, now)
    assert partitions.to_detach(engine, THIS, now).name == FIRST
    assert (len(feed(books)), years(books)[THIS]) == (1, True)
    assert partitions.detach(books.billing, THIS, now).name == FIRST
    assert (len(feed(books)), years(books)[THIS]) == (0, False)
    said = run("partitions", "list").output.splitlines()
    assert [line.split()[0] for line in said] == [f"facts_{THIS + count}" for count in range(4)]
    assert [line.endswith("put aside") for line in said] == [True, False, False, False]
    back = run("partitions", "attach", f"{THIS}", "--language", "it")
    assert back.output == f"{FIRST} fa di nuovo parte degli eventi.\n"
    assert (len(feed(books)), years(books)[THIS]) == (1, True)


def test_the_commands_say_what_they_did(books: Desk) -> None:
    (begun,) = json.loads(run("partitions", "begin", "--json").output)[:1]
    assert (begun["attached"], begun["name"]) == (True, f"facts_{begun['year']}")
    with books.billing.engine.begin() as connection:  # the first year is long over
        connection.execute(text(f"ALTER TABLE facts DETACH PARTITION {begun['name']}"))
        connection.execute(text(f"ALTER TABLE {begun['name']} RENAME TO facts_2020"))
        connection.execute(text(f"ALTER TABLE facts ATTACH PARTITION facts_2020 {begun['bound']}"))
    would = run("partitions", "detach", "2020", "--dry-run")
    assert would.output == "facts_2020  0.0 MB would be put aside. Nothing was changed.\n"
    assert years(books)[2020]
    done = run("partitions", "detach", "2020", "--json")
    assert (json.loads(done.output)["name"], years(books)[2020]) == ("facts_2020", False)
    again = run("partitions", "detach", "2020", "--language", "it")
    assert (again.exit_code, again.output) == (
        1,
        "Non è cambiato nulla: nessuna partizione del 2020 è in uso.\n",
    )


def test_what_came_since_is_said_where_a_year_comes_back(books: Desk) -> None:
    engine = books.billing.engine
    partitions.divide(books.billing, NOW)
    partitions.detach(books.billing, THIS, NOW.replace(year=THIS + 3))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE facts ADD COLUMN more text"))
    said = run("partitions", "attach", f"{THIS}").output
    assert said == f'Nothing was changed: {FIRST} does not fit: child table is missing column "more".\n'


@pytest.mark.slow
def test_a_backup_has_every_year_those_put_aside_too(
    books: Desk, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(binaries()), prepend=":")
    owner = books.owner()
    books.buy(owner, books.property_of(owner))
    partitions.divide(books.billing, NOW)
    of_day(books, NOW.replace(year=THIS + 1))
    before, kept = written(books), feed(books)
    backups.back_up(books.billing.engine, tmp_path / "books", books.clock.now, "")
    with own_database(request.getfixturevalue("postgresql_server"), "template1") as url:
        engine = database.connect(url)
        backups.restore(engine, tmp_path / "books")
        database.migrate(engine)
        restored = Desk(
            make_billing(BillingSettings(database_url=url), books.clock), books.clock, books.gateway
        )
        assert (written(restored), feed(restored)) == (before, kept)
        assert [one.name for one in partitions.partitions(engine)] == [FIRST, f"facts_{THIS + 1}"]
        engine.dispose()
        restored.billing.engine.dispose()


def test_a_file_of_sqlite_has_none(sqlite_desk: Desk) -> None:
    engine = sqlite_desk.billing.engine
    assert partitions.partitions(engine) == ()
    assert partitions.keep_ahead(sqlite_desk.billing, sqlite_desk.clock.now) == ()
    assert partitions.missing(engine, sqlite_desk.clock.now) is None
    with pytest.raises(Unfit, match="only PostgreSQL has partitions"):
        partitions.divide(sqlite_desk.billing, sqlite_desk.clock.now)
    with pytest.raises(Unfit, match="the facts are in one table"):
        partitions.to_detach(engine, 2026, sqlite_desk.clock.now)


def test_who_begins_at_the_end_of_a_year_has_time(books: Desk) -> None:
    partitions.divide(books.billing, NOW.replace(month=11))
    assert years(books) == {THIS + 1: True}
