"""What is told to the seller's own people: a month in figures."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.events.base import PropertyEvent

# By currency, and then by name: minor units, counts, or shares in hundredths of a per cent.
Figures = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class MonthReported(PropertyEvent):
    """A month (`2026-10`) is over: its reports of all workspaces as they were on the day `as_of`. It has no property.

    `revenue` and `customers` go from opening to closing, by movement. `lost` is who was lost of them, and the share;
    without a share where nobody paid at the beginning. `recorded_late` counts ends that belong to earlier months.
    `ageing` is by bucket. `recovery` has what became of the failed renewals of the month and of the one before, which
    are the only figures that go on after their month. `differing` has what to type after `report`
    to read of sums that are not those that they are held against.
    """

    month: str
    as_of: str
    revenue: Figures
    customers: Figures
    lost: Figures
    recorded_late: dict[str, int]
    ageing: Figures
    recovery: dict[str, Figures]
    journal: Figures
    differing: list[str]

    @property
    def is_empty(self) -> bool:
        """Nothing was sold, owed or booked: there is nothing to tell."""
        return not (self.revenue or self.ageing or self.journal or any(self.recovery.values()))
