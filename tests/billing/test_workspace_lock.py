"""The second lock on PostgreSQL: whatever a turn asks of the database, it sees its own workspace's rows alone."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, Table, func, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from billing import Actor, Billing
from billing.adapters import database
from billing.adapters.turn_role import TURN_ROLE
from billing.models import Base
from billing.services import properties
from tests.billing.desk import WORKSPACE, Desk
from tests.conftest import own_database

OTHER = "TOTHER"
OF_WORKSPACES = [table for table in Base.metadata.sorted_tables if "workspace_id" in table.c]


@pytest.fixture
def two(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A desk on PostgreSQL with two workspaces, each of which has bought something."""
    with (
        own_database(
            request.getfixturevalue("postgresql_server"), request.getfixturevalue("migrated_postgresql")
        ) as url,
        Desk.open(url) as desk,
    ):
        properties.register_workspace(desk.billing, OTHER, "Altro", "it")
        for workspace_id in (WORKSPACE, OTHER):
            owner = desk.person("UOWNER", workspace_id=workspace_id)
            desk.buy(owner, desk.property_of(owner))
        yield desk


def rows_of(billing: Billing, table: Table) -> dict[str | None, int]:
    """How many of each workspace are seen by a statement that names none."""
    counted = select(table.c.workspace_id, func.count()).group_by(table.c.workspace_id)
    with billing.read("test") as work:
        return dict(work.session.execute(counted).all())


def test_every_table_of_workspaces_is_kept(two: Desk) -> None:
    with two.billing.engine.connect() as connection:
        kept = set(
            connection.scalars(
                text(
                    "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename WHERE relrowsecurity"
                )
            )
        )
    assert kept == {table.name for table in OF_WORKSPACES}


def test_a_statement_that_names_no_workspace_sees_that_of_its_turn_alone(two: Desk) -> None:
    seen_of_all = {table.name: rows_of(two.billing, table) for table in OF_WORKSPACES}
    assert sum(WORKSPACE in seen and OTHER in seen for seen in seen_of_all.values()) > 10
    for table in OF_WORKSPACES:
        mine = {key: count for key, count in seen_of_all[table.name].items() if key == WORKSPACE}
        assert rows_of(two.billing.within(WORKSPACE), table) == mine, table.name
        assert rows_of(two.billing.within(""), table) == {}, table.name
        # What was set for a turn is gone with it, whoever has the connection next.
        assert rows_of(two.billing, table) == seen_of_all[table.name], table.name


def test_a_glance_past_sqlalchemy_sees_that_of_its_turn_alone(two: Desk) -> None:
    of_mine, of_other = Actor(WORKSPACE, "UOWNER"), Actor(OTHER, "UOWNER")
    mine = two.billing.within(WORKSPACE)
    glance = mine.glance(mine.engine, of_mine)
    assert glance is not None
    assert [one.name for one in glance.read()] == ["Piazza"]
    assert mine.glance(mine.engine, of_other) is None
    assert (
        two.billing.glance(two.billing.engine, of_mine) is None
    )  # who is kept to none asks the ordinary way
    assert mine.glance(mine.engine, of_mine) == glance


def test_a_turn_changes_nothing_of_another_workspace(two: Desk) -> None:
    theirs = {"workspace_id": OTHER, "user_id": "UNEW", "name": "N", "language": "it"}
    persons = Base.metadata.tables["persons"]
    mine = two.billing.within(WORKSPACE)
    with mine.work("test") as work:
        changed = work.session.execute(update(persons).values(name="Mine").returning(persons.c.workspace_id))
        assert set(changed.scalars()) == {WORKSPACE}
    for refused in (
        persons.insert().values(theirs),
        update(persons).values(workspace_id=OTHER),
        text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"),
        text("TRUNCATE audit_entries"),
    ):
        with pytest.raises(ProgrammingError), mine.work("test") as work:
            work.session.execute(refused)


def test_a_user_that_is_no_superuser_needs_the_role_and_is_told_how_to_get_it(postgresql_server: str) -> None:
    """The owner of the tables is kept like everybody; and without the role all goes on, and `check` says so."""
    with (
        own_database(postgresql_server, "template1") as url,
        psycopg.connect(url, autocommit=True) as superuser,
    ):
        superuser.execute("CREATE ROLE plain LOGIN")
        superuser.execute("GRANT CREATE ON SCHEMA public TO plain")
        # Another database of the server may have made it long ago, for others.
        superuser.execute(f"DO $$ BEGIN CREATE ROLE {TURN_ROLE}; EXCEPTION WHEN duplicate_object THEN END $$")
        engine = database.connect(make_url(url).set(username="plain").render_as_string())
        try:
            database.migrate(engine)
            fault = database.lock_fault(engine)
            assert fault is not None
            assert f"GRANT {TURN_ROLE} TO plain" in str(fault)
            assert seen_within(engine, "TNOBODY") == 1

            superuser.execute(f"GRANT {TURN_ROLE} TO plain")
            database.migrate(engine)
            assert database.lock_fault(engine) is None
            assert seen_within(engine, "TNOBODY") == 0
        finally:
            engine.dispose()
            superuser.execute("DROP OWNED BY plain; DROP ROLE plain")


def seen_within(engine: Engine, workspace_id: str) -> int:
    """How many persons a turn of that workspace sees, where there is one of another."""
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO workspaces VALUES ('T', 'T', 'it', now()) ON CONFLICT DO NOTHING")
        )
        connection.execute(text("INSERT INTO persons VALUES ('T', 'U', 'N') ON CONFLICT DO NOTHING"))
    with engine.execution_options(workspace=workspace_id).connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM persons")) or 0
