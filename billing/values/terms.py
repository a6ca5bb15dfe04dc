"""Terms: which plan of an add-on is had, how many of it and by which interval, and what of that is named."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.cycles import Interval


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """A plan, its quantity and its interval; 0 and None where they are not known, or not to be named."""

    plan: str
    quantity: int = 0
    interval: Interval | None = None

    @classmethod
    def written(cls, plan: str, quantity: int, interval: str) -> PlanTerms:
        """As a fact has them; one that an older version wrote may say no quantity and no interval."""
        return cls(plan, quantity, Interval(interval) if interval else None)

    @property
    def counted(self) -> str:
        """ "Business", or "3 × Business"."""
        return f"{self.quantity} × {self.plan}" if self.quantity else self.plan

    def beside(self, other: PlanTerms) -> PlanTerms:
        """As named beside the other ones: a 1 only where the number changes, the interval only where that does."""
        names_quantity = self.quantity > 1 or other.quantity not in (0, self.quantity)
        names_interval = other.interval not in (None, self.interval)
        return PlanTerms(
            self.plan, self.quantity if names_quantity else 0, self.interval if names_interval else None
        )
