"""What happened to a subscription: its beginning, its changes, its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from billing.values.cycles import moment_text
from billing.values.events.base import Event, Topic
from billing.values.terms import PlanTerms


def end_of(subscription_id: str, at: datetime) -> str:
    """The thing that a cancellation, its undoing and the end itself are about."""
    return f"end {subscription_id} {moment_text(at)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidEvent(Event):
    """Something that was done when a payment succeeded: its receipt is told in the same message.

    `total_minor` is what was paid with VAT: the invoice's total, less what it carries to the next one; a fact that
    was written by an older version has no `currency`.
    """

    payment_id: str = ""
    total_minor: int = 0
    currency: str = ""

    @property
    def subject_key(self) -> str | None:
        return f"payment {self.payment_id}" if self.payment_id else None


@dataclass(frozen=True, slots=True)
class SubscriptionStarted(PaidEvent):
    """It was bought and paid, or its trial began (`trial_ends_at`)."""

    by: str
    trial_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialExtended(Event):
    """The seller lets its free trial go on for so many `days`: the first charge comes at its new end."""

    topic: ClassVar[Topic | None] = Topic.PLAN_CHANGES

    days: int
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled(Event):
    """It stays active to `ends_at` and is never charged again, but for what is `unpaid` of it.

    That is tried at `try_at`, or not before a person acts; unpaid by `given_up_at` it ends the plan. `trial`: nothing
    was charged for it at all.
    """

    topic: ClassVar[Topic | None] = Topic.CANCELLATIONS

    by: str
    reason: str
    ends_at: datetime
    unpaid: bool = False
    trial: bool = False
    try_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.ends_at)


@dataclass(frozen=True, slots=True)
class CancellationUndone(Event):
    """It goes on as before: same dates, no charge; what is `unpaid` of it as in its cancellation."""

    topic: ClassVar[Topic | None] = Topic.CANCELLATIONS

    by: str
    next_charge_at: datetime
    unpaid: bool = False
    try_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.next_charge_at)


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """The end of its last paid cycle has come, or what was owed for it stayed `unpaid` to the last day.

    `was`: its status before. A trial was never charged; what was past due and ends since it was cancelled still is.
    """

    topic: ClassVar[Topic | None] = Topic.ENDINGS
    also_post: ClassVar[bool] = True

    ended_at: datetime
    unpaid: bool = False
    was: str = ""

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.ended_at)


@dataclass(frozen=True, slots=True)
class RenewalOverdue(Event):
    """Its next cycle could not begin at `due_at`, or, `cancelled`, it could not end then, however often it was tried.

    Nothing was charged for it, it lives on, and it is tried on for good.
    """

    topic: ClassVar[Topic | None] = None

    due_at: datetime
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionRestarted(PaidEvent):
    """It had ended and was paid anew: a new cycle begins."""

    by: str


@dataclass(frozen=True, slots=True)
class _OfPlannedChange(Event):
    """What is had, and what the change `change_id` would bring; an older version said less of both."""

    by: str
    next_plan: str
    quantity: int
    change_id: str = field(default="", kw_only=True)
    interval: str = field(default="", kw_only=True)
    before_quantity: int = field(default=0, kw_only=True)
    before_interval: str = field(default="", kw_only=True)

    @property
    def had(self) -> PlanTerms:
        return PlanTerms.written(self.plan, self.before_quantity, self.before_interval)

    @property
    def gets(self) -> PlanTerms:
        return PlanTerms.written(self.next_plan, self.quantity, self.interval)

    @property
    def subject_key(self) -> str:
        return f"change {self.change_id}"


@dataclass(frozen=True, slots=True)
class ChangePlanned(_OfPlannedChange):
    """Another plan, quantity or interval was chosen, for the end of the cycle."""

    applies_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedChangeUndone(Event):
    """The planned change was taken back; the plan stays."""

    by: str
    change_id: str = ""

    @property
    def subject_key(self) -> str:
        return f"change {self.change_id}"


@dataclass(frozen=True, slots=True)
class PlannedChangeDropped(_OfPlannedChange):
    """The planned change, which would have brought that plan, does not come, not even where the plan goes on.

    Another change took its place, or, not `is_replaced`, the plan was cancelled or ended.
    """

    is_replaced: bool = True


@dataclass(frozen=True, slots=True)
class PlanChanged(PaidEvent):
    """It has this plan from now on; `before` is the plan that it had. `by` is empty where the cycle brought it.

    So many days of so many that were paid for that plan were lost with it, worth that much net.
    """

    by: str
    before: str
    change_id: str = ""
    lost_days: int = 0
    lost_of_days: int = 0
    lost_minor: int = 0
    quantity: int = 0
    interval: str = ""
    before_quantity: int = 0
    before_interval: str = ""

    @property
    def had(self) -> PlanTerms:
        return PlanTerms.written(self.before, self.before_quantity, self.before_interval)

    @property
    def has(self) -> PlanTerms:
        return PlanTerms.written(self.plan, self.quantity, self.interval)

    @property
    def subject_key(self) -> str | None:
        if self.change_id:
            return f"change {self.change_id}"
        return f"payment {self.payment_id}" if self.payment_id else None


@dataclass(frozen=True, slots=True)
class DetailsMissing(Event):
    """What it lacks before its next charge, told to whoever pays: of card, address and receipts, with blanks between.

    `minor` is what is charged at `charge_at`.
    """

    topic: ClassVar[Topic | None] = None

    missing: str
    charge_at: datetime
    minor: int
    currency: str
    is_reminder: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionTransferred(Event):
    """It belongs to this property from now on, with its history; nothing was charged.

    One that is over or cancelled does not renew there.
    """

    topic: ClassVar[Topic | None] = Topic.TRANSFERS

    by: str
    from_property: str
    renews: bool = True


@dataclass(frozen=True, slots=True)
class QuotaUsed(Event):
    """So many units of its quota were used in the cycle to `ends_at`: `percent` is the mark that this passed."""

    topic: ClassVar[Topic | None] = Topic.USAGE

    percent: int
    used: int
    allowance: int
    ends_at: datetime
