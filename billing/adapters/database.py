"""The database: SQLite made safe, or PostgreSQL; and its migrations."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError, ProgrammingError

from billing.adapters import database_urls, glances, turn_role
from billing.adapters.clock import DatabaseClock
from billing.adapters.tables_in_use import TablesInUse
from billing.kept import Glances
from billing.values.errors import Away, Unfit

ROOT = Path(__file__).parents[2]
# SQLite lets writers in one by one and in no order: who waits among fifty may be the last.
TURN_SECONDS = 30
# More than the bot has threads, so that no connection is opened and closed for one request.
POOL = 20
# What all that migrate the same database agree on; any number that nobody else there takes.
MIGRATION_LOCK = 7_146_220_519
# How long a migration waits for a table before it lets go of those it has: less than the second after which
# PostgreSQL ends one of two that wait for each other, which could be a buyer. For how long it is tried again.
GIVE_WAY, MIGRATION_PATIENCE_SECONDS = "400ms", 300.0
log = structlog.get_logger()


def connect(url: str, silence_seconds: float | None = None, clock: DatabaseClock | None = None) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://...`; nothing is opened until it is used.

    A server that has not answered a statement after `silence_seconds` is left: an OperationalError. Whenever a
    connection to one is taken up, the clock is set by it.

    A connection made with the execution option `reading=True` takes no lock: SQLite begins a deferred
    transaction, PostgreSQL none at all; with `moment=True` beside it one in which all statements see the same
    rows, as they do with SQLite anyhow. With `workspace="T1"` PostgreSQL lets its transactions see the rows
    of that workspace and no other (`turn_role`).
    """
    at = database_urls.parse(url)
    if at.get_backend_name() == "sqlite":
        return _sqlite(at)
    from billing.adapters import postgresql  # its driver is heavy, and SQLite needs none of it

    return postgresql.connect(at, POOL, silence_seconds, clock)


def glancing(engine: Engine, statement: glances.Statement) -> Glances:
    """What asks engines of that kind past SQLAlchemy, and what the statement finds of somebody in one trip."""
    if engine.dialect.name == "sqlite":
        return glances.SqliteGlancing(statement, engine.dialect)
    from billing.adapters import postgresql

    return postgresql.PostgresqlGlancing(statement, engine.dialect)


def passes_a_pooler(engine: Engine) -> bool:
    """Whether what is set on a connection may meet others: so it is with PgBouncer. Never with SQLite."""
    with engine.connect() as connection:
        return bool(connection.info.get(database_urls.POOLED))


def _sqlite(at: URL) -> Engine:
    # Over what the address itself says, these arguments would win.
    patience = {} if "timeout" in at.query else {"timeout": TURN_SECONDS}
    # The connection that was used last is given first: pages that are kept are known by the connection they came by.
    engine = create_engine(
        at, pool_size=POOL, hide_parameters=True, connect_args=patience, pool_use_lifo=True
    )

    @event.listens_for(engine, "do_connect")
    def keep_to_ourselves(_dialect: object, _record: object, args: list[str], _options: object) -> None:
        """The books are made for this user alone, and what SQLite puts beside them is as they are."""
        if args[0] != ":memory:":
            with suppress(OSError):  # SQLite says next what is in the way, as a database's error
                Path(args[0]).touch(0o600)

    @event.listens_for(engine, "connect")
    def make_safe(connection: Any, _record: object) -> None:
        # The driver's own BEGIN comes too late to protect what was read before a write.
        connection.isolation_level = None
        # What a statement that writes many rows might take back, and tables of a moment, are in no file.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            driver: Any = connection.connection.dbapi_connection
            driver.execute("BEGIN")  # which waits for nobody: it need not be a statement among the others
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def fault_of(engine: Engine, *, migrated: bool = True) -> Unfit | None:
    """Why nothing can be done with the database now, in one sentence with the way on; None where all is well.

    Tables of a newer version are a reason; those of an older one, or none at all, where `migrated` says so.
    `Away`: waiting may mend it.
    """
    where = engine.url.render_as_string()
    try:
        revision = revision_of(engine)
    except OperationalError as trouble:
        why = " ".join(str(trouble.orig).split())
        kind = Away if engine.dialect.name != "sqlite" and _may_answer_later(why) else Unfit
        return kind("DATABASE_URL: the database {where} cannot be reached: {why}", where=where, why=why)
    except ProgrammingError as trouble:  # a login that may connect, and nothing else
        why = " ".join(str(trouble.orig).split())
        return Unfit(
            "DATABASE_URL: the database {where} does not let us read it: {why}", where=where, why=why
        )
    head = newest_revision()
    is_newer = revision is not None and revision > head
    if revision == head or not (migrated or is_newer):
        return None
    if revision is None:
        return Unfit(
            "The database {where} has no tables yet: python -m billing migrate makes them.", where=where
        )
    if is_newer:
        return Unfit(
            "The database {where} is at revision {revision}, this version at {head}: install the newer version.",
            where=where,
            revision=revision,
            head=head,
        )
    return Unfit(
        "The database {where} is at revision {revision}: python -m billing migrate brings it to {head}.",
        where=where,
        revision=revision,
        head=head,
    )


def lock_fault(engine: Engine) -> Unfit | None:
    """Why PostgreSQL does not keep a turn to its workspace by itself; None where it does, and for SQLite."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        if connection.info[turn_role.TURN_ROLE]:
            return None
        user = connection.exec_driver_sql("SELECT quote_ident(current_user)").scalar_one()
    return Unfit(
        "DATABASE_URL: {user} may not act as {role}, by which the database itself keeps workspaces apart. As a "
        "superuser: CREATE ROLE {role}; GRANT {role} TO {user}; then python -m billing migrate.",
        user=user,
        role=turn_role.TURN_ROLE,
    )


def temporary_fault(engine: Engine) -> Unfit | None:
    """Why no temporary table may be made, by which plans are renewed in bulk; None where one may."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        may, user, name = connection.exec_driver_sql(
            "SELECT has_database_privilege(current_database(), 'TEMPORARY'),"
            " quote_ident(current_user), quote_ident(current_database())"
        ).one()
    if may:
        return None
    return Unfit(
        "DATABASE_URL: {user} may not make temporary tables, so that plans are renewed one by one, which takes ten "
        "times as long. As the owner of the database: GRANT TEMPORARY ON DATABASE {database} TO {user}.",
        user=user,
        database=name,
    )


def unfinished(engine: Engine) -> Unfit | None:
    """What is left of an upgrade: only its operator knows when the last process of the version before has ended."""
    with engine.connect() as connection:
        over = connection.exec_driver_sql("SELECT max(revision) FROM finished_upgrades").scalar_one()
    head = newest_revision()
    if over and over >= head:
        return None
    return Unfit(
        "The upgrade to revision {head} is not finished: once no process of the version before runs any more, "
        "python -m billing migrate --finish.",
        head=head,
    )


def revision_of(engine: Engine) -> str | None:
    """That of its tables; None where there are none. Raises OperationalError."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found) if found else None


def _may_answer_later(said: str) -> bool:
    """Not a server that turns us away: what it says then is final, unless it is itself that begins or ends.

    Nor a pooler that cannot reach its server or has no connection free: PgBouncer says FATAL to that, too.
    """
    of_itself = (
        "starting up",
        "shutting down",
        "terminating connection",
        "in recovery",
        "not currently accepting",
        "too many",
        "slots are reserved",
        "server_login_retry",
        "query_wait_timeout",
        "client_login_timeout",
        "no more connections allowed",
        "server conn crashed",
    )
    return "FATAL" not in said or any(words in said for words in of_itself)


def lock_migrations(connection: Connection) -> None:
    """Nobody else migrates this database before the transaction is over: who comes second waits, and finds it done.

    After that the transaction waits for no table longer than `GIVE_WAY`. On SQLite it is that lock itself.
    """
    if connection.dialect.name != "postgresql":
        return
    lock = {"key": MIGRATION_LOCK}
    if not connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), lock):
        log.info("another process migrates these tables: waiting for it")
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{GIVE_WAY}'")


def migrations() -> Path:
    """Beside the package in a clone, inside it where the wheel was installed."""
    inside = Path(__file__).parents[1] / "migrations"
    return inside if inside.is_dir() else ROOT / "migrations"


def newest_revision() -> str:
    """That of the tables of this version: the migrations are numbered, and their files begin with it."""
    return max(path.name for path in (migrations() / "versions").glob("[0-9]*.py")).partition("_")[0]


def migrate(
    engine: Engine,
    revision: str = "head",
    patience_seconds: float = MIGRATION_PATIENCE_SECONDS,
    *,
    finish: bool = False,
) -> None:
    """Brings the tables to that revision of the migrations, forwards one by one, or back to `base`.

    A step whose tables are in use gives way at once and is tried again, for `patience_seconds`; what is done
    then stays done. `finish`: nothing of the version before runs any more, and what it cannot read is written from
    then on; so it is with tables that are made here, and with a SQLite file, which is upgraded when its processes
    are ended. Raises Unfit where they never get free, and where another process keeps a SQLite file locked for longer
    than `TURN_SECONDS`.
    """
    # Alembic is heavy, and needed at installation only.
    from billing.adapters.migration_steps import MigrationSteps

    steps = MigrationSteps(engine, migrations())
    where = engine.url.render_as_string()
    try:
        if revision == "base":
            steps.down_to_nothing()
        else:
            is_of_nobody_older = engine.dialect.name == "sqlite" or revision_of(engine) is None
            finish |= revision == "head" and is_of_nobody_older
            steps.up(revision, patience_seconds)
        if finish:
            steps.finish(newest_revision(), patience_seconds)
        engine.dispose()  # a connection learns of the role when it is made
    except TablesInUse:
        raise Unfit(
            "{where} stays at revision {revision}: others held its tables for {seconds} seconds (a backup? a long "
            "query?). No step was left half done; run this again.",
            where=where,
            revision=revision_of(engine),
            seconds=round(patience_seconds),
        ) from None
    except OperationalError as trouble:
        if "database is locked" not in str(trouble.orig):
            raise
        raise Unfit(
            "Another process keeps {where} locked. No step was left half done; run this again when it is done.",
            where=where,
        ) from None
