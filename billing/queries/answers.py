"""What was asked while something was read, with the rows that came of it: so it is seen whether it reads the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement as the driver is given it, and its rows as the driver has them."""

    statement: str
    parameters: Any
    rows: Sequence[Any]


@contextmanager
def noted(connection: Connection) -> Iterator[list[Answer]]:
    """All that is asked on that connection meanwhile."""
    answers: list[Answer] = []

    def note(
        _connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, _many: bool
    ) -> None:
        rows = cursor.fetchall()
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=rows)
        answers.append(Answer(statement, parameters, rows))

    event.listen(connection, "after_cursor_execute", note)
    try:
        yield answers
    finally:
        event.remove(connection, "after_cursor_execute", note)


def are_the_same(answers: Sequence[Answer], connection: Connection) -> bool:
    """Whether the books answer the same now, one after the other, as far as they do. Raises DBAPIError.

    Past SQLAlchemy, which would make of each row again what it stands for. Who asked the first of them and was given
    the same would ask the second: what was made of them would be made again.
    """
    cursor, driver = connection.connection.cursor(), connection.dialect.loaded_dbapi
    for one in answers:
        try:
            cursor.execute(one.statement, one.parameters)
            rows = cursor.fetchall()
        except driver.Error as error:
            raise DBAPIError.instance(
                one.statement, None, error, driver.Error, hide_parameters=True
            ) from error
        if rows != one.rows:
            return False
    return True
