"""Numbers of documents: without a gap in each series, in the format of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.queries.number_series import lock_series, take_numbers
from billing.values.errors import Unfit
from billing.values.texts import without_font

# What the formats of e-invoices take.
MAX_CHARACTERS = 20
HIGHEST = 999_999


@dataclass(frozen=True, slots=True)
class Number:
    """A place in a series, and how it is written."""

    series: str
    sequence: int
    written: str


@dataclass(frozen=True, slots=True)
class Numbering:
    """A kind of document's numbers (`{year}-{number:06}`), which begin anew each year or run on.

    Years are the seller's. Raises Unfit for a format that two documents could share, or that is too long.
    """

    name: str
    format: str
    restarts_yearly: bool = True

    def __post_init__(self) -> None:
        highest = self._written(9999, HIGHEST)
        if len(highest) > MAX_CHARACTERS:
            raise Unfit("{written} has more than {limit} characters", written=highest, limit=MAX_CHARACTERS)
        if not highest.isprintable() or highest != highest.strip() or without_font(highest):
            raise Unfit("{written} has characters that an invoice cannot show", written=repr(self.format))
        if highest == self._written(9999, HIGHEST - 1):
            raise Unfit("{written} lacks {{number}}", written=self.format)
        if self.restarts_yearly and highest == self._written(9998, HIGHEST):
            raise Unfit(
                "{written} lacks {{year}}, and its numbers start again each year", written=self.format
            )

    def lock(self, session: Session) -> datetime | None:
        """Nobody else takes a number before this transaction is over, in another year's series neither.

        Answers with the moment of the last document of this kind, where one is known.
        """
        moments = session.scalars(lock_series(), {"name": self.name})
        return max((moment for moment in moments if moment is not None), default=None)

    def take(self, session: Session, at: datetime, on: date, count: int = 1) -> list[Number]:
        """The next numbers for documents of that moment and date; they are given back where the transaction is."""
        series = f"{self.name} {on.year}" if self.restarts_yearly else self.name
        named = {"name": series, "count": count, "at": at}
        last = session.execute(take_numbers(), named).scalar_one()
        return [Number(series, n, self._written(on.year, n)) for n in range(last - count + 1, last + 1)]

    def _written(self, year: int, number: int) -> str:
        try:
            return self.format.format(year=year, number=number)
        except (KeyError, IndexError, AttributeError, TypeError, ValueError):
            raise Unfit(
                "{written} may hold {{year}} and {{number}}, as in {{year}}-{{number:06}}, and nothing else",
                written=repr(self.format),
            ) from None
