"""What became of a purchase or an upgrade that waits for another admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from billing.values.events.base import PropertyEvent, Topic
from billing.values.money import Money
from billing.values.terms import PlanTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequested(PropertyEvent):
    """`by` asks for it, by `act`: a purchase, a change of plan, a restart. `state` is how the request stands.

    Amounts are in minor units, with VAT: `minor` is what `card` is charged when it is done, `next_minor` what comes
    at `next_charge_at`, after the credit balance has paid `next_credit_minor` and with `next_carried_minor` left, all
    as in a quote. The `had` terms are those of a subscription before its change. `decided_by` approved, declined or
    withdrew it, and `charged_minor` is what was charged then.
    """

    topic: ClassVar[Topic | None] = Topic.APPROVALS
    in_place: ClassVar[bool] = True

    request_id: str
    act: str
    by: str
    add_on: str
    plan: str
    quantity: int
    interval: str
    currency: str
    minor: int
    next_minor: int
    next_charge_at: datetime
    expires_at: datetime
    next_credit_minor: int = 0
    next_carried_minor: int = 0
    card: str = ""
    had_plan: str = ""
    had_quantity: int = 0
    had_interval: str = ""
    state: str = "open"
    decided_by: str = ""
    charged_minor: int = 0

    @property
    def subject_key(self) -> str:
        return f"request {self.request_id}"

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)

    @property
    def charged(self) -> Money:
        return Money(self.charged_minor, self.currency)

    @property
    def next_charge(self) -> Money:
        return Money(self.next_minor, self.currency)

    @property
    def next_credit(self) -> Money:
        return Money(self.next_credit_minor, self.currency)

    @property
    def next_carried(self) -> Money:
        return Money(self.next_carried_minor, self.currency)

    @property
    def wants(self) -> PlanTerms:
        return PlanTerms.written(self.plan, self.quantity, self.interval)

    @property
    def had(self) -> PlanTerms:
        return PlanTerms.written(self.had_plan, self.had_quantity, self.had_interval)
