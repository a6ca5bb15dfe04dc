"""What one operator gives back alone, and for what another one is needed: the seller's own setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from billing.values.errors import NotAnAmount, UnknownCurrency
from billing.values.money import Money, read_amount

# How long a request waits for another operator.
OPEN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ApprovalLimits:
    """By currency, in minor units, the most of one invoice that an operator gives back alone; empty: any amount.

    Nothing is converted: where some currency has a limit, any amount in one that has none needs another operator.
    """

    most: Mapping[str, int] = field(default_factory=dict)

    def needs_another(self, given: Money) -> bool:
        """Whether somebody else has to approve that so much of an invoice is given back in all."""
        return bool(self.most) and given.minor > self.most.get(given.currency, 0)


def read_limits(written: str) -> ApprovalLimits:
    """As the setting has them, `500 EUR, 550.50 USD`: a currency once. Raises ValueError."""
    most: dict[str, int] = {}
    for one in filter(None, map(str.strip, written.split(","))):
        amount, _, currency = one.partition(" ")
        if currency in most:
            raise ValueError(f"{currency} stands there twice")
        try:
            most[currency] = read_amount(amount, currency).minor
        except UnknownCurrency:
            raise ValueError(f"{currency} is no currency") from None
        except NotAnAmount:
            raise ValueError(f"{one} is no amount") from None
    return ApprovalLimits(most)
