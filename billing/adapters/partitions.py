"""PostgreSQL: the facts in a table for each year, of which old ones are put aside (decision 31).

An id begins with the moment at which it was made, so a partition is a range of ids: keys, the number of the feed and
whoever reads or writes `facts` stay as they are. Nothing here is needed on SQLite, nor before the books are large.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from ulid import ULID

from billing.adapters.database import GIVE_WAY
from billing.adapters.tables_in_use import TablesInUse, patiently
from billing.values.errors import Unfit
from billing.work import Billing

TABLE, REST, CHECK = "facts", "facts_rest", "facts_of_before"
# These stay where the API, reports and `verify` read, beside the year that it is.
KEPT_YEARS = 2
# From then on the first partition takes the next year too: it must be made before its own year is over.
LAST_MONTH_TO_BEGIN = 10
PATIENCE_SECONDS = 300.0
# Who makes partitions ahead comes again in an hour.
SHORT_PATIENCE_SECONDS = 5.0
PARTITIONS = f"""
SELECT c.relname AS name, CAST(right(c.relname, 4) AS int) AS year, c.relispartition AS attached,
    pg_total_relation_size(c.oid) AS bytes,
    coalesce(pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid)) AS bound
FROM pg_class c
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname ~ '^{TABLE}_[0-9]{{4}}$'
ORDER BY name
"""
# Rows are kept apart by workspace in each partition, and whoever may read the whole may read it.
AS_GUARDED = """
SELECT format('CREATE POLICY %%I ON {new} USING (%%s)', polname, pg_get_expr(polqual, polrelid))
FROM pg_policy WHERE polrelid = '{old}'::regclass
UNION ALL
SELECT format('GRANT %%s ON {new} TO %%s', a.privilege_type,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = '{old}'::regclass
"""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Partition:
    """The facts of one year, the first with those of all years before; `attached` while they are read as facts."""

    name: str
    year: int
    attached: bool
    bytes: int
    bound: str


def partitions(engine: Engine) -> tuple[Partition, ...]:
    """All, oldest first, and what was put aside; none while the facts are in one table."""
    if engine.dialect.name != "postgresql":
        return ()
    with engine.connect() as connection:
        return _partitions(connection)


def divide(billing: Billing, now: datetime, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Makes the table that there is the first partition, while everything goes on. Safe to run again after a crash.

    Rows are read once, under a lock that keeps nobody from reading or writing; the table is changed for a moment.
    Raises Unfit where that is not to be done, or never finds the table free.
    """
    engine = billing.engine
    if engine.dialect.name != "postgresql":
        raise Unfit(
            "only PostgreSQL has partitions, and {where} is a file of SQLite",
            where=engine.url.render_as_string(),
        )
    if partitions(engine):
        raise Unfit("the facts have partitions already")
    year = now.year + (now.month > LAST_MONTH_TO_BEGIN)
    check = f"ALTER TABLE {TABLE} ADD CONSTRAINT {CHECK} CHECK (id < '{_first_id(year + 1)}') NOT VALID"
    uncheck = f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {CHECK}"
    _patiently(billing, _of(uncheck, check), patience_seconds)
    with ExitStack() as undoing:
        undoing.callback(_patiently, billing, _of(uncheck))
        _patiently(billing, _of(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {CHECK}"), patience_seconds)
        _patiently(billing, partial(_swap, year=year), patience_seconds)
        undoing.pop_all()
    keep_ahead(billing, now)


def keep_ahead(billing: Billing, now: datetime) -> tuple[str, ...]:
    """Makes the partitions of this year and the next, where they are missing; answers which. Safe to run in parallel.

    What came before its partition did stands in the rest, and is moved.
    """
    made = []
    there = partitions(billing.engine)
    for year in range(there[-1].year + 1, now.year + 2) if there else ():
        _patiently(billing, partial(_make, year=year), SHORT_PATIENCE_SECONDS)
        made.append(f"{TABLE}_{year}")
        log.info("a partition for a year was made", name=made[-1])
    return tuple(made)


def missing(engine: Engine, now: datetime) -> Unfit | None:
    """What is wrong with the partitions: none for the next year, or a beginning that was not brought to its end."""
    there = partitions(engine)
    if there and there[-1].year <= now.year:
        return Unfit(
            "The facts of {year} have no partition yet: the worker makes one, and its log says why it cannot.",
            year=now.year + 1,
        )
    if there or engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        left = connection.exec_driver_sql(f"SELECT 1 FROM pg_constraint WHERE conname = '{CHECK}'").first()
    return (
        Unfit("Partitions were begun and not finished: python -m billing partitions begin") if left else None
    )


def to_detach(engine: Engine, year: int, now: datetime) -> Partition:
    """The partition that `detach` would put aside. Raises Unfit where it is not to be."""
    attached = [part for part in _begun(engine) if part.attached]
    found = next((part for part in attached if part.year == year), None)
    if found is None:
        raise Unfit("no partition of {year} is attached", year=year)
    if year >= now.year - KEPT_YEARS:
        raise Unfit(
            "{year} stays: it is not over, or one of the last {count} whole years",
            year=year,
            count=KEPT_YEARS,
        )
    if found != attached[0]:
        raise Unfit("{year} is older and goes first", year=attached[0].year)
    return found


def detach(billing: Billing, year: int, now: datetime) -> Partition:
    """Puts that year aside: its table stays in the database, whole, and is no longer read as facts. Raises Unfit."""
    part = to_detach(billing.engine, year, now)
    kept = f"COMMENT ON TABLE {part.name} IS '{part.bound.replace(chr(39), 2 * chr(39))}'"
    away = f"ALTER TABLE {TABLE} DETACH PARTITION {part.name}"
    _patiently(billing, _of(kept, away))
    return part


def attach(billing: Billing, year: int) -> Partition:
    """Takes a year back that was put aside, after its rows are read once. Raises Unfit."""
    found = next((part for part in _begun(billing.engine) if part.year == year and not part.attached), None)
    if found is None:
        raise Unfit("no partition of {year} was put aside", year=year)
    back = f"ALTER TABLE {TABLE} ATTACH PARTITION {found.name} {found.bound}"
    try:
        _patiently(billing, _of(back))
    except (IntegrityError, ProgrammingError) as fault:  # a column that came since, a row that was changed
        raise Unfit("{name} does not fit: {why}", name=found.name, why=_first_line(fault)) from None
    return found


def first_id_of(moment: datetime) -> str:
    """No fact that was made then has a lower id, none that was made before one as high."""
    milliseconds = int(moment.timestamp() * 1000)
    return f"evt_{ULID.from_bytes(milliseconds.to_bytes(6, 'big') + bytes(10))}"


def _begun(engine: Engine) -> tuple[Partition, ...]:
    if there := partitions(engine):
        return there
    raise Unfit("the facts are in one table: python -m billing partitions begin makes partitions")


def _partitions(connection: Connection) -> tuple[Partition, ...]:
    kind = connection.exec_driver_sql(
        f"SELECT relkind FROM pg_class WHERE oid = '{TABLE}'::regclass"
    ).scalar()
    if kind != "p":
        return ()
    return tuple(Partition(*row) for row in connection.exec_driver_sql(PARTITIONS))


def _swap(connection: Connection, year: int) -> None:
    """The table that there is takes the name of its partition; keys and numbers go on."""
    first = f"{TABLE}_{year}"
    _of(
        f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE",
        f"ALTER TABLE {TABLE} RENAME TO {first}",
        f"ALTER INDEX pk_{TABLE} RENAME TO pk_{first}",
        f"ALTER INDEX ix_{TABLE}_id RENAME TO ix_{first}_id",
        f"ALTER INDEX ix_{TABLE}_workspace_id_subject_id_number RENAME TO ix_{first}_workspace_id_subject_id_number",
        f"CREATE TABLE {TABLE} (LIKE {first} INCLUDING DEFAULTS) PARTITION BY RANGE (id)",
        f"CREATE UNIQUE INDEX ix_{TABLE}_id ON {TABLE} (id)",
        f"CREATE INDEX ix_{TABLE}_workspace_id_subject_id_number ON {TABLE} (workspace_id, subject_id, number)",
        f"ALTER SEQUENCE {TABLE}_number_seq OWNED BY {TABLE}.number",
        f"ALTER TABLE {TABLE} ATTACH PARTITION {first} FOR VALUES FROM (MINVALUE) TO ('{_first_id(year + 1)}')",
        f"ALTER TABLE {first} DROP CONSTRAINT {CHECK}",
        f"CREATE TABLE {REST} PARTITION OF {TABLE} (CONSTRAINT pk_{REST} PRIMARY KEY (number)) DEFAULT",
    )(connection)
    for new in (TABLE, REST):
        _guard(connection, new, as_is=first)


def _make(connection: Connection, year: int) -> None:
    new, first, next_ = f"{TABLE}_{year}", _first_id(year), _first_id(year + 1)
    connection.exec_driver_sql(f"LOCK TABLE {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")
    if year in {part.year for part in _partitions(connection)}:
        return  # another process was faster
    _of(
        f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {new} (LIKE {TABLE} INCLUDING DEFAULTS)",
        f"ALTER TABLE {new} ADD CONSTRAINT pk_{new} PRIMARY KEY (number)",
        f"WITH moved AS (DELETE FROM {REST} WHERE id >= '{first}' AND id < '{next_}' RETURNING *) "
        f"INSERT INTO {new} SELECT * FROM moved",
        f"ALTER TABLE {TABLE} ATTACH PARTITION {new} FOR VALUES FROM ('{first}') TO ('{next_}')",
    )(connection)
    _guard(connection, new, as_is=TABLE)


def _guard(connection: Connection, new: str, as_is: str) -> None:
    statements = connection.exec_driver_sql(AS_GUARDED.format(new=new, old=as_is)).scalars().all()
    _run(connection, [f"ALTER TABLE {new} ENABLE ROW LEVEL SECURITY", *statements])


def _first_id(year: int) -> str:
    return first_id_of(datetime(year, 1, 1, tzinfo=UTC))


def _of(*statements: str) -> Callable[[Connection], None]:
    return partial(_run, statements=statements)


def _run(connection: Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement.replace("%", "%%"))


def _patiently(
    billing: Billing, act: Callable[[Connection], None], patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """In one transaction that gives way where a table is in use, and is tried again. Raises Unfit in the end."""

    def change() -> None:
        with billing.work("partitions.change") as work:
            connection = work.session.connection()
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{GIVE_WAY}'")
            act(connection)

    try:
        patiently(change, patience_seconds)
    except TablesInUse:
        raise Unfit("others held the facts for {seconds} seconds", seconds=round(patience_seconds)) from None


def _first_line(fault: DBAPIError) -> str:
    return str(fault.orig).splitlines()[0]
