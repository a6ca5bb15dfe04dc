"""What the databases are told in words of their own: ids, JSON and moments made in bulk, and what to expect."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    FromClause,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from billing.models.base import Base, EnumText, Json, UtcDateTime, batch_id_prefix


def often(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """That condition, of which PostgreSQL guesses that every other row meets it, and so goes by the index in order.

    Of an equality with what it has to look up for each row it guesses that hardly any does: it would look at all of
    them, and sort them, where the first of them is all that is asked for.
    """
    return case((which, True), else_=False)


def amount_in(said: ColumnElement[Any]) -> ColumnElement[int]:
    """Minor units that stand in JSON. What `as_integer` makes of them holds 21 million euros, or 1,200 in rupiah."""
    return cast(said.as_string(), BigInteger)


class json_object(FunctionElement[Any]):
    """A JSON object from names and values, in turn."""

    type = Json
    inherit_cache = True


class json_word(FunctionElement[Any]):
    """The JSON value true or false, by its literal, which SQLite has none for."""

    type = Json
    inherit_cache = True


class moment_text(FunctionElement[str]):
    """A moment as `cycles.moment_text` writes it."""

    type = Text()
    inherit_cache = True


class hexadecimal(FunctionElement[str]):
    """A whole number as eight hexadecimal digits."""

    type = Text()
    inherit_cache = True


@compiles(json_object, "sqlite")
def _(element: json_object, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_object({compiler.process(element.clauses, **options)})"


@compiles(json_object, "postgresql")
def _(element: json_object, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_build_object({compiler.process(element.clauses, **options)})"


@compiles(json_word, "sqlite")
def _(element: json_word, compiler: SQLCompiler, **options: Any) -> str:
    return f"json('{compiler.process(element.clauses, **options)}')"


@compiles(json_word, "postgresql")
def _(element: json_word, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(moment_text, "sqlite")
def _(element: moment_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"replace({compiler.process(element.clauses, **options)}, ' ', 'T') || '+00:00'"


@compiles(moment_text, "postgresql")
def _(element: moment_text, compiler: SQLCompiler, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"to_char({moment} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"


@compiles(hexadecimal, "sqlite")
def _(element: hexadecimal, compiler: SQLCompiler, **options: Any) -> str:
    return f"printf('%08X', {compiler.process(element.clauses, **options)})"


@compiles(hexadecimal, "postgresql")
def _(element: hexadecimal, compiler: SQLCompiler, **options: Any) -> str:
    return f"lpad(upper(to_hex({compiler.process(element.clauses, **options)})), 8, '0')"


def batch_ids(prefix: str, number: ColumnElement[int]) -> ColumnElement[str]:
    """A new id for each row, in the form of `new_id`; its last digits are the row's own `number` in the statement."""
    return literal(batch_id_prefix(prefix)) + hexadecimal(number)


def json_of(values: Mapping[str, Any]) -> ColumnElement[Any]:
    """A JSON object that the database makes, and what is nested in it."""
    pairs = ((literal(name), _in_json(value)) for name, value in values.items())
    return json_object(*(each for pair in pairs for each in pair))


def _in_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return json_of(value)
    if isinstance(value, bool):
        return json_word(literal_column("true" if value else "false"))
    return value


def insert_from(model: type[Any], values: Mapping[str, Any], source: Select[Any]) -> Insert:
    """Writes a row for each one of the source; of its columns these are the values, or what stands in the source."""
    return insert(model).from_select(list(values), shown(model, values, source))


def shown(model: type[Any], values: Mapping[str, Any], source: Select[Any]) -> Select[Any]:
    """Those values of the model's columns for each row of the source."""
    columns = model.__table__.columns
    return source.add_columns(*(_shown(value, columns[name].type) for name, value in values.items()))


def _shown(value: Any, type_: TypeEngine[Any]) -> ColumnElement[Any]:
    if isinstance(value, Mapping):
        return json_of(value)
    return value if isinstance(value, ColumnElement) else literal(value, type_)


def insert_many(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    once: bool = False,
    written: Collection[str] = (),
) -> int:
    """Writes rows, given as values of their columns, past the session, by the database's fastest way; how many.

    PostgreSQL's own, COPY, is not there for turns that are kept to the rows of their workspace, nor where `once` says
    that somebody else may write a row with the same key first: on SQLite nobody can, within a transaction. The JSON
    of the columns that are `written` is text already.
    """
    if not rows:
        return 0
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return insert_columns(session, model.__table__, columns, once=once, written=written)


def insert_columns(
    session: Session,
    table: FromClause,
    values: Mapping[str, Sequence[Any]],
    *,
    once: bool = False,
    written: Collection[str] = (),
) -> int:
    """The same of rows that are given column by column."""
    connection, names = session.connection(), list(values)
    rows = list(
        zip(
            *(
                values[name]
                if name in written
                else _sent(table.c[name].type, connection.dialect, values[name])
                for name in names
            ),
            strict=True,
        )
    )
    columns = ", ".join(f'"{name}"' for name in names)
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql and not once and "workspace" not in connection.get_execution_options():
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return len(rows)
    marks = ", ".join(["%s" if is_postgresql else "?"] * len(names))
    unless_there = " ON CONFLICT DO NOTHING" if is_postgresql and once else ""
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks}){unless_there}"
    return connection.exec_driver_sql(statement, rows).rowcount


def _sent(type_: TypeEngine[Any], dialect: Dialect, values: Sequence[Any]) -> Sequence[Any]:
    """The values as the driver takes them; moments and words, which are few among many rows, are made ready once."""
    send = type_.dialect_impl(dialect).bind_processor(dialect)
    if send and isinstance(type_, UtcDateTime | EnumText):
        send = cache(send)
    return [send(value) for value in values] if send else values


def plan_anew(session: Session) -> None:
    """Has PostgreSQL plan by the tables as they are now, whether a key is there above all.

    What it planned while they were empty reads them whole, and is kept until somebody has counted their rows.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DISCARD PLANS")


def insert_once(session: Session, model: type[Base], row: dict[str, Any]) -> bool:
    """Writes the row unless one with its key is there already; whether it was written.

    SQLite asks a table's triggers before it sees a conflict, and those of what only grows refuse a key that is there:
    it looks for itself, in a transaction that nobody else writes in.
    """
    connection, table = session.connection(), model.__table__
    written: postgresql.Insert | sqlite.Insert
    if connection.dialect.name == "postgresql":
        written = postgresql.insert(model).values(row).on_conflict_do_nothing()
    else:
        same = [key == bindparam(None, row[key.key], key.type) for key in table.primary_key]
        values = select(*(bindparam(None, value, table.columns[name].type) for name, value in row.items()))
        new = values.where(~exists().where(*same))
        written = sqlite.insert(model).from_select(list(row), new).on_conflict_do_nothing()
    return connection.execute(written.returning(*table.primary_key)).first() is not None


def update_many(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """Changes rows, each given by its key and the columns that change; what has versions has a new one."""
    connection, table = session.connection(), model.__table__
    assert isinstance(table, Table)
    new: Mapping[str, Any]
    keys = [column.name for column in table.primary_key]
    columns = [table.columns[name] for name in rows[0]]
    if connection.dialect.name == "postgresql":
        sent = (literal([row[column.name] for row in rows], ARRAY(column.type)) for column in columns)
        derived = func.unnest(*sent).table_valued(*(column.name for column in columns)).render_derived()
        new = dict(derived.c)
    else:
        new = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in columns}
    statement = (
        update(table)
        .where(*(table.c[name] == new[name] for name in keys))
        .values({name: new[name] for name in rows[0] if name not in keys} | _versioned(table))
    )
    if connection.dialect.name == "postgresql":
        connection.execute(statement)
    else:
        connection.execute(statement, [{f"new_{name}": value for name, value in row.items()} for row in rows])


def _versioned(table: Table) -> dict[str, Any]:
    return {"version": table.c.version + 1} if "version" in table.c else {}
