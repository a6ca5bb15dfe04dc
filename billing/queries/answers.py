"""What was asked while something was read, with the rows that came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement as the driver is given it, and its rows as the driver has them.

    Who asks the first of several again and is answered the same would ask the second, too: what was made of the
    rows would be made again.
    """

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
