"""What must be true of series, numbers and their dates: each statement finds the rows for which it is not."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    Date,
    Integer,
    Subquery,
    Text,
    and_,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)

from billing.models import CreditNote, EInvoice, Invoice, NumberSeries
from billing.queries.invariants.rows import SOON, Rows, or_0
from billing.queries.number_series import E_INVOICE_FILES


def _numbered() -> Subquery:
    """Every document, with its number and dates."""
    each = (
        select(
            of.series,
            of.sequence,
            of.number,
            of.workspace_id,
            of.id,
            of.issued_at,
            of.issued_on,
            literal(of.__tablename__).label("kind"),
        )
        for of in (Invoice, CreditNote)
    )
    return union_all(*each).subquery()


@cache
def misnumbered() -> Rows:
    given = _numbered().c
    before = func.lag(given.sequence).over(partition_by=given.series, order_by=given.sequence)
    row = select(given.series, given.sequence, or_0(before).label("before")).subquery()
    return select(row.c.series, row.c.sequence, row.c.before).where(row.c.sequence != row.c.before + 1)


@cache
def named_twice() -> Rows:
    given = _numbered().c
    number = (given.series, given.number)
    return select(*number, func.count().label("times")).group_by(*number).having(func.count() > 1)


@cache
def miscounted() -> Rows:
    files = select(literal(E_INVOICE_FILES).label("series"), EInvoice.progressive.label("sequence"))
    documents = _numbered()
    numbered = union_all(select(documents.c.series, documents.c.sequence), files).subquery().c
    names = union(select(numbered.series.label("name")), select(NumberSeries.name)).subquery()
    given = (
        select(numbered.series, func.max(numbered.sequence).label("highest"))
        .group_by(numbered.series)
        .subquery()
    )
    last, highest = or_0(NumberSeries.last), or_0(given.c.highest)
    return (
        select(names.c.name, null(), last.label("last"), highest.label("highest"))
        .outerjoin(NumberSeries, NumberSeries.name == names.c.name)
        .outerjoin(given, given.c.series == names.c.name)
        .where(last != highest)
    )


@cache
def dated_backwards() -> Rows:
    """Of a series the higher number is never of an earlier day."""
    given = _numbered().c
    row = select(
        given.workspace_id,
        given.id,
        given.number,
        given.issued_on,
        func.lag(given.issued_on, type_=Date)
        .over(partition_by=given.series, order_by=given.sequence)
        .label("before_on"),
        func.lag(given.number).over(partition_by=given.series, order_by=given.sequence).label("before"),
    ).subquery()
    return select(row).where(row.c.issued_on < row.c.before_on)


@cache
def dated_ahead() -> Rows:
    given = _numbered().c
    return select(given.workspace_id, given.id, given.number, given.issued_at).where(given.issued_at > SOON)


@cache
def misnamed() -> Rows:
    """A number shows its place in its series; one of a series of a year that year, and is dated in it."""
    given = _numbered().c
    year = func.substr(given.series, func.length(given.series) - 3)
    is_yearly = given.series.like("% 2___")
    plain = func.replace(func.replace(given.number, ",", ""), "_", "")
    shows_year = given.number.like(literal("%") + year + "%")
    shows_place = plain.like(literal("%") + cast(given.sequence, Text) + "%")
    dated = cast(cast(extract("year", given.issued_on), Integer), Text) == year
    wrong = or_(~shows_place, and_(is_yearly, or_(~shows_year, ~dated)))
    return select(
        given.workspace_id, given.id, given.number, given.series, given.sequence, given.issued_on
    ).where(wrong)


@cache
def shared_series() -> Rows:
    """Invoices and credit notes are numbered apart."""
    given = _numbered().c
    kinds = func.count(given.kind.distinct())
    return select(given.series, null(), kinds.label("kinds")).group_by(given.series).having(kinds > 1)
