"""What waits for another admin, and above which amount it does."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.events.purchase_requests import PurchaseRequested
from billing.values.money import Money
from billing.values.snapshots.offers import Quote
from billing.values.snapshots.properties import PropertySnapshot


@dataclass(frozen=True, slots=True)
class PurchaseLimitPage:
    """The limit of a property, if it has one, in the `currency` of all that it is charged, and what waits there.

    `is_alone`: nobody but the reader could approve anything.
    """

    property: PropertySnapshot
    currency: str
    limit: Money | None
    is_alone: bool
    waiting: tuple[PurchaseRequested, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchaseReview:
    """What was asked for, and what it would be now."""

    request: PurchaseRequested
    quote: Quote

    @property
    def is_unchanged(self) -> bool:
        """Whether it costs now, and at the next charge, what whoever asked was shown, to the cent."""
        now, asked = self.quote, self.request
        return (now.charge_now, now.next_charge) == (asked.amount, asked.next_charge)
