"""A dispute: who holds a card had their bank take a payment back, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from billing.values.money import Money


class DisputeState(StrEnum):
    """Open: the bank has not decided, and the money may be withheld. Lost: the money is gone. Won: it stays."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Dispute:
    """The newest dispute over a payment: how it stands, and how much of the payment it is about."""

    state: DisputeState
    amount: Money
