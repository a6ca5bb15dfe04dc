"""What happened to the budget of a property: so much of it is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from billing.values.events.base import PropertyEvent, Topic


@dataclass(frozen=True, slots=True)
class BudgetReached(PropertyEvent):
    """The documents of a month (`2026-11`) or year (`2026`) have passed `mark` per cent of its budget.

    Amounts are in minor units, with VAT. `coming_minor` is what the agenda will invoice before the span is over; an
    event without it says nothing of that.
    """

    topic: ClassVar[Topic | None] = Topic.BUDGETS

    span: str
    mark: int
    used_minor: int
    budget_minor: int
    currency: str
    coming_minor: int | None = None

    @property
    def percent(self) -> int:
        """How much of it was spent, rounded down."""
        return self.used_minor * 100 // self.budget_minor
