"""The budget of a property, and how much of it is spent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.snapshots.properties import PropertySnapshot
from billing.values.spans import Span
from billing.values.usage import mark_of

# Of a budget, in per cent: what is told once in each month or year.
MARKS = (75, 90, 100)


@dataclass(frozen=True, slots=True)
class BudgetSnapshot:
    """A budget for each month or year, and what was spent of it in `span`, which is over at `ends_at`.

    Both with VAT. Below zero more was credited in that time than invoiced.
    """

    every: Interval
    amount: Money
    used: Money
    span: Span
    ends_at: datetime

    @property
    def percent(self) -> int:
        """How much of it is spent, rounded down: a mark is reached where the number says so."""
        return max(0, self.used.minor * 100 // self.amount.minor)

    @property
    def mark(self) -> int:
        """The highest of the marks that it has reached; 0 for none."""
        return mark_of(self.used.minor, self.amount.minor, MARKS)


@dataclass(frozen=True, slots=True)
class BudgetPage:
    """The budget of a property, if it has one, and the currency of all that it is charged."""

    property: PropertySnapshot
    currency: str
    budget: BudgetSnapshot | None
