"""Who pays which part of a total: the card, the credit balance, the next invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.charges import ChargeLimits
from billing.values.documents import InvoiceDocument
from billing.values.money import Money


@dataclass(frozen=True, slots=True)
class Shares:
    """Who pays which part of a total, in minor units; the three add up to it.

    A `credit` below zero goes to the credit balance. What is `carried` is left for the next invoice, because the
    gateway takes no charge of so little; below zero it was left by former invoices and is charged with this one.
    `left` is what the credit balance has then, less what is carried then: what the charges after it find.
    """

    card: int
    credit: int
    carried: int = 0
    left: int = 0

    @classmethod
    def of(cls, document: InvoiceDocument) -> Shares:
        """As an invoice that was just issued says it."""
        credit, carried = document.credit_minor, document.carried_minor
        return cls(document.total.minor - credit - carried, credit, carried)

    @classmethod
    def split(cls, total: int, credit: int, carried: int, limits: ChargeLimits) -> Shares:
        """The credit balance pays first, then the card, with what was `carried` so far."""
        if total <= 0:
            return cls(0, total, left=credit - total - carried)
        due = total + carried
        used = min(due, max(credit, 0))
        card = limits.chargeable(due - used)
        rest = total - used - card
        return cls(card, used, rest, left=credit - used - carried - rest)


@dataclass(frozen=True, slots=True)
class NextCharge:
    """A charge that comes, VAT included: `amount` of it by card, `credit` from the credit balance.

    A `credit` below zero was left by earlier invoices and is part of the amount; `carried` is too little to charge
    and is left for the invoice after it.
    """

    at: datetime
    amount: Money
    credit: Money
    carried: Money
