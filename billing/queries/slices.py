"""Lists that are too long for one statement: a database takes so many values with one, and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

# PostgreSQL takes 65,535 values with one statement, and some of SQLite's builds 32,766; what asks has a few of each.
VALUES_AT_A_TIME = 1_000
T = TypeVar("T")


def slices(values: Iterable[T]) -> Iterator[list[T]]:
    """All of them in their order, as many at a time as one statement may ask for."""
    rest = iter(values)
    while some := list(islice(rest, VALUES_AT_A_TIME)):
        yield some
