"""What SQLite is told of how many rows a key finds, so that it looks for rows by the narrower of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

# How many rows of a table a workspace may have, a property, and whatever else a key goes on with.
OF_TABLE, OF_WORKSPACE, OF_PROPERTY, OF_OTHERS = 1_000_000, 10_000, 100, 10
Estimate = tuple[str, str, str]


def estimate(connection: Connection) -> None:
    """Writes the estimates of the tables that there are, unless they stand there.

    Without any, SQLite takes the rows of a whole workspace for as few as those of one subscription, and may read the
    former for the latter. They are set, not counted (`ANALYZE`), so that it goes the same way in every installation,
    however its rows are spread: as it must where one workspace has very many.
    """
    run, columns = connection.exec_driver_sql, "tbl, idx, stat"
    wanted = sorted(_estimates(connection))
    if not run("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").all():
        run("ANALYZE number_series")  # makes the table of estimates, as nothing else may
    if run(f"SELECT {columns} FROM sqlite_stat1 ORDER BY {columns}").all() != wanted:
        run("DELETE FROM sqlite_stat1")
        run(f"INSERT INTO sqlite_stat1 ({columns}) VALUES (?, ?, ?)", wanted)


def _estimates(connection: Connection) -> Iterator[Estimate]:
    """Of each index that begins with the workspace: its table, its name, and how many rows its columns find."""
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for table in connection.exec_driver_sql(tables).scalars().all():
        for index in connection.exec_driver_sql(f"PRAGMA index_list({table})").all():
            columns = [row.name for row in connection.exec_driver_sql(f"PRAGMA index_info({index.name})")]
            if columns[0] == "workspace_id":
                found = _found_by(columns, is_unique=bool(index.unique))
                yield table, index.name, " ".join(map(str, (OF_TABLE, *found)))


def _found_by(columns: Sequence[str], *, is_unique: bool) -> Iterator[int]:
    named = {"workspace_id": OF_WORKSPACE, "property_id": OF_PROPERTY}
    fewest = OF_TABLE
    for column in columns[:-1] if is_unique else columns:
        fewest = min(fewest, named.get(column, OF_OTHERS))
        yield fewest
    if is_unique:
        yield 1
