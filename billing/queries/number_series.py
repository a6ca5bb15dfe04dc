"""Number series: the counter of each."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, Select, TextClause, bindparam, or_, select, text

from billing.models import NumberSeries
from billing.models.base import UtcDateTime

# How many files of e-invoices were made: each has a name of its own, whatever becomes of it.
E_INVOICE_FILES = "e-invoice files"


@cache
def lock_series() -> Select[datetime | None]:
    """Locks every series of the kind `name` to the end of the transaction: its one, or those of its years.

    Answers with the moment of the last document of each.
    """
    name: BindParameter[str] = bindparam("name")
    of_kind = or_(NumberSeries.name == name, NumberSeries.name.like(name + " %"))
    return select(NumberSeries.last_at).where(of_kind).order_by(NumberSeries.name).with_for_update()


@cache
def take_numbers() -> TextClause:
    """Creates the counter `name` or moves it on by `count` at the moment `at`; answers with where it stands then.

    The row stays locked to the end of the transaction, so a rolled-back one gives its numbers back and two cannot
    take the same.
    """
    return text(
        "INSERT INTO number_series (name, last, last_at) VALUES (:name, :count, :at) "
        "ON CONFLICT (name) DO UPDATE SET last = number_series.last + :count, last_at = :at RETURNING last"
    ).bindparams(bindparam("at", type_=UtcDateTime()))
