"""Proration by whole days, which a person can check by hand; exact inside, rounded once a line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from billing.values.money import round_half_up


@dataclass(frozen=True, slots=True)
class DaysLeft:
    """How many days of a half-open span of dates are left, the day of the change included: 15 of 30."""

    left: int
    whole: int

    @classmethod
    def of(cls, first_day: date, next_first_day: date, on: date) -> DaysLeft:
        """The days from `on` to the end of [first_day, next_first_day). A day before it counts as its first."""
        whole = (next_first_day - first_day).days
        return cls(min(max((next_first_day - on).days, 0), whole), whole)

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.left, self.whole)


def share(minor: int, days: DaysLeft) -> int:
    """What the days left cost of an amount for the whole span, in minor units."""
    return round_half_up(minor * days.fraction)


def credit(billed: int, credited: int, days: DaysLeft) -> int:
    """What is given back of a line for its days left, in minor units.

    Never more than the line was billed for, less what was already credited from it (billing rules, "Proration").
    """
    return min(share(billed, days), billed - credited)
