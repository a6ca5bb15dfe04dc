"""What is said ahead of a charge: a year renews, a free trial ends, a card expires before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from billing.values.events.base import Event, Topic
from billing.values.events.subscriptions import end_of
from billing.values.money import Money
from billing.values.terms import PlanTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(Event):
    """What the card, "Visa 4242" or none, is charged with VAT at `charge_at`, as the agenda has it.

    `credit_minor` of it the credit balance has paid before, or, below zero, earlier invoices left; `carried_minor` is
    too little to charge and is left for the invoice after it. `next_plan` is what a scheduled change brings by then.
    """

    charge_at: datetime
    minor: int
    currency: str
    credit_minor: int = 0
    carried_minor: int = 0
    card: str = ""
    next_plan: str = ""
    quantity: int = 0
    before_quantity: int = 0

    @property
    def charge(self) -> Money:
        return Money(self.minor, self.currency)

    @property
    def credit(self) -> Money:
        return Money(self.credit_minor, self.currency)

    @property
    def carried(self) -> Money:
        return Money(self.carried_minor, self.currency)

    @property
    def next_terms(self) -> PlanTerms | None:
        """What the scheduled change brings, named beside what is had."""
        if not self.next_plan:
            return None
        return PlanTerms(self.next_plan, self.quantity).beside(PlanTerms(self.plan, self.before_quantity))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAnEnd(Reminder):
    """Of the end of a cycle, which is cancelled or kept: `kept_by` whom, after which it is said no more."""

    kept_by: str = ""

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.charge_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalReminder(OfAnEnd):
    """It renews for another year."""

    topic: ClassVar[Topic | None] = Topic.YEARLY_RENEWALS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReminder(OfAnEnd):
    """Its free trial ends with the first charge."""

    topic: ClassVar[Topic | None] = Topic.TRIALS


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReminder(Reminder):
    """Its card is valid to `last_day` (ISO 8601), and not at its next charge; the `backup_card`, if any, still is."""

    topic: ClassVar[Topic | None] = Topic.EXPIRING_CARDS

    last_day: str
    backup_card: str = ""

    @property
    def valid_to(self) -> date:
        return date.fromisoformat(self.last_day)
