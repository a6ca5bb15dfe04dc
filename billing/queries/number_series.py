"""Number series: the counter of each."""

from __future__ import annotations

from functools import cache

from sqlalchemy import TextClause, text


@cache
def take_numbers() -> TextClause:
    """Creates the counter `name` or moves it on by `count`, and answers with where it stands then.

    The row stays locked to the end of the transaction, so a rolled-back one gives its numbers back and two cannot
    take the same.
    """
    return text(
        "INSERT INTO number_series (name, last) VALUES (:name, :count) "
        "ON CONFLICT (name) DO UPDATE SET last = number_series.last + :count RETURNING last"
    )
