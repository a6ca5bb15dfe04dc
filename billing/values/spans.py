"""Spans of the calendar that papers are asked for by: a month, a quarter or a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum

from billing.values.cycles import zone_of

# As people write it: 2026, 2026-03, 2026-Q1; in Italian a quarter is a trimester.
YEAR = r"((?:19|20|21)\d\d)"
WRITTEN = re.compile(rf"{YEAR}(?:-(0?[1-9]|1[0-2])|[- ]?[QT]([1-4]))?", re.IGNORECASE)
# Or a month before its year: March 2026, mar. 2026, marzo 2026, 03/2026.
MONTH_FIRST = re.compile(rf"(?:([a-z]{{3,9}})\.? |(0?[1-9]|1[0-2])/){YEAR}", re.IGNORECASE)
MONTHS = (
    ("january", "gennaio"),
    ("february", "febbraio"),
    ("march", "marzo"),
    ("april", "aprile"),
    ("may", "maggio"),
    ("june", "giugno"),
    ("july", "luglio"),
    ("august", "agosto"),
    ("september", "settembre"),
    ("october", "ottobre"),
    ("november", "novembre"),
    ("december", "dicembre"),
)


class Months(IntEnum):
    """How many months a span has."""

    MONTH = 1
    QUARTER = 3
    YEAR = 12


@dataclass(frozen=True, slots=True)
class Span:
    """The `number`-th month or quarter of the year, from 1; or the year, which is its own first."""

    year: int
    months: Months
    number: int = 1

    @classmethod
    def read(cls, written: str) -> Span:
        """What `str` writes, and what people type. Raises ValueError."""
        if named := MONTH_FIRST.fullmatch(written.strip()):
            name, number, year = named.groups()
            return cls(int(year), Months.MONTH, int(number) if number else _month_named(name))
        found = WRITTEN.fullmatch(written.strip())
        if found is None:
            raise ValueError(f"{written} is no month, quarter or year")
        year, month, quarter = found.groups()
        if month:
            return cls(int(year), Months.MONTH, int(month))
        return cls(int(year), Months.QUARTER, int(quarter)) if quarter else cls(int(year), Months.YEAR)

    @classmethod
    def of(cls, day: date, months: Months) -> Span:
        """The one in which the day is."""
        return cls(day.year, months, (day.month - 1) // months + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, (self.number - 1) * self.months + 1, 1)

    @property
    def next_day(self) -> date:
        """The first day after it."""
        return self.next.first_day

    @property
    def next(self) -> Span:
        is_last = self.number == Months.YEAR // self.months
        year, number = (self.year + 1, 1) if is_last else (self.year, self.number + 1)
        return Span(year, self.months, number)

    @property
    def before(self) -> Span:
        return Span.of(self.first_day - timedelta(days=1), self.months)

    def moments(self, zone: str) -> tuple[datetime, datetime]:
        """When it begins there, and when it is over."""
        first, after = (
            datetime.combine(day, time(), zone_of(zone)).astimezone(UTC)
            for day in (self.first_day, self.next_day)
        )
        return first, after

    def __str__(self) -> str:
        if self.months is Months.YEAR:
            return str(self.year)
        return (
            f"{self.year}-{self.number:02}" if self.months is Months.MONTH else f"{self.year}-Q{self.number}"
        )


def _month_named(name: str) -> int:
    """Its number, by its name or how that begins, in either language. Raises ValueError."""
    found = [
        number
        for number, names in enumerate(MONTHS, start=1)
        if any(one.startswith(name.lower()) for one in names)
    ]
    if len(found) != 1:
        raise ValueError(f"{name} is no month")
    return found[0]


def spans_between(first: date, last: date, months: Months) -> Iterator[Span]:
    """From the one in which the first day is to that of the last."""
    span = Span.of(first, months)
    while span.first_day <= last:
        yield span
        span = span.next
