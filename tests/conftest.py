"""What every test may ask for: a database of its own on SQLite and on PostgreSQL, made by the migrations."""

from __future__ import annotations

import gc
import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

import psycopg
import pytest
import structlog
import typer.testing
from typer.main import get_command

from billing import logs
from billing.adapters import database
from billing.adapters.mail import SmtpMailer
from billing.bootstrap import real_time
from sandbox.gateway.faults import Faults
from tests.billing.desk import Desk, furnish
from tests.mailboxes import Box, running_box
from tests.postgresql import ReusedDatabase, running_server
from tests.pretend_stripe import RunningStripe, running_stripe

pytest_plugins = ["tests.skips"]
numbers = itertools.count()
# What is made while tests are collected stays to the end: there is nothing to collect of it.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow begins first: at the end nobody waits for one long test."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Half a million objects of modules and tests stay to the end: the collector need not walk them each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def plain_tracebacks() -> None:
    """Failures that are logged on purpose are written plainly: drawn with all their variables they take seconds."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[plain], logger_factory=logs.to_stderr)


@pytest.fixture(scope="session", autouse=True)
def commands_made_once() -> Iterator[None]:
    """The runner makes all commands of a program anew for each that it runs, which takes longer than most of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(typer.testing, "_get_command", cache(get_command))
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    engine = database.connect(f"sqlite:///{path}")
    database.migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def desk_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each desk on SQLite is a copy of."""
    path = tmp_path_factory.mktemp("furnished") / "desk.sqlite3"
    copy_sqlite(migrated_sqlite, path)
    furnish(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> str:
    """The name of a template database that the migrations made."""
    with psycopg.connect(f"{postgresql_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_desk")
    engine = database.connect(f"{postgresql_server}/template_desk")
    database.migrate(engine)
    engine.dispose()
    return "template_desk"


@pytest.fixture(scope="session")
def kept_postgresql(postgresql_server: str, migrated_postgresql: str) -> Iterator[ReusedDatabase]:
    reused = ReusedDatabase(postgresql_server, migrated_postgresql)
    yield reused
    reused.close()


@pytest.fixture
def reused_postgresql(kept_postgresql: ReusedDatabase) -> Iterator[ReusedDatabase]:
    """A migrated, empty database; whatever a test leaves in it, the next one finds it empty."""
    yield kept_postgresql
    kept_postgresql.empty()


ON_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=ON_BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, furnished for a test that asks for the desk, else empty: once SQLite, once PostgreSQL."""
    is_furnished = "desk" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path_factory.getbasetemp() / "desk.sqlite3"
        copy_sqlite(request.getfixturevalue("desk_sqlite" if is_furnished else "migrated_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    reused: ReusedDatabase = request.getfixturevalue("reused_postgresql")
    if is_furnished:
        reused.furnish(furnish)
    yield reused.url


def copy_sqlite(template: Path, path: Path) -> None:
    """A copy of the template at that path, in place of what an earlier test left there."""
    for left in (path, *path.parent.glob(f"{path.name}-*")):
        left.unlink(missing_ok=True)
    shutil.copy(template, path)


@pytest.fixture(params=ON_BOTH)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a table, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.sqlite3'}"
        return
    with own_database(request.getfixturevalue("postgresql_server"), "template1") as url:
        yield url


@contextmanager
def own_database(server: str, template: str) -> Iterator[str]:
    """A copy of the template on the PostgreSQL server, for one test."""
    name = f"desk_{next(numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    """A billing desk with a catalogue, a workspace and a clock that a test turns."""
    with Desk.at(database_url) as opened:
        yield opened


@pytest.fixture
def at_desk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk at which the operator's commands work."""
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))
    return desk


@pytest.fixture
def sqlite_desk(desk_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same on SQLite alone, for what no database has a say in."""
    path = tmp_path_factory.getbasetemp() / "desk.sqlite3"
    copy_sqlite(desk_sqlite, path)
    with Desk.at(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def box() -> Box:
    """What the mail server took."""
    return Box()


@pytest.fixture
def mailer(box: Box) -> Iterator[SmtpMailer]:
    """A mail server that puts what it takes into the box."""
    with running_box(box) as address:
        yield SmtpMailer(f"smtp://{address}")


@pytest.fixture(scope="session")
def stripe_server() -> Iterator[RunningStripe]:
    """One pretend Stripe for all tests of this process."""
    with running_stripe(real_time) as running:
        yield running


@pytest.fixture
def pretend_stripe(stripe_server: RunningStripe) -> RunningStripe:
    """The pretend Stripe, empty, in good order and on time: another test may have given it a clock of its own."""
    stripe_server.stripe.books.clear()
    stripe_server.stripe.books.clock = real_time
    stripe_server.stripe.faults = Faults()
    return stripe_server


@pytest.fixture
def stripe_desk(desk: Desk, pretend_stripe: RunningStripe) -> Desk:
    """A billing desk whose gateway is Stripe's SDK against the pretend Stripe, over HTTP, by the same clock."""
    pretend_stripe.stripe.books.clock = desk.clock
    return replace(desk, billing=replace(desk.billing, gateway=pretend_stripe.gateway()))
