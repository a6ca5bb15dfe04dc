"""What may be done with a subscription, by its state: the verbs refuse by it, and the snapshots carry it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from billing.models.changes import PlannedChange
from billing.models.open_payments import OpenPayment
from billing.models.properties import Property
from billing.models.states import OWING, Status
from billing.values.acts import Act
from billing.values.cycles import MAX_TRIAL_DAYS, local_date
from billing.values.errors import Refusal
from billing.values.refusals import (
    AlreadyCancelled,
    AlreadyEnded,
    BeingRenewed,
    NoPaymentMethod,
    NotCancelled,
    NotFound,
    NothingPending,
    NothingToPay,
    NotOnTrial,
    PaymentInProgress,
    StillRunning,
    TrialTooLong,
    Unpaid,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """A moment, and what stands beside a subscription in it: the change that is pending, the payment that is open.

    `credit` is the credit balance of its property less what is carried to its next invoice, in minor units; below
    zero the next charge has it on top.
    """

    at: datetime
    change: PlannedChange | None = None
    payment: OpenPayment | None = None
    credit: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done: true, or the refusal that stands against it."""

    refusal: Refusal | None

    def __bool__(self) -> bool:
        return self.refusal is None

    def or_refuse(self) -> None:
        """Raises the refusal, if there is one."""
        if self.refusal is not None:
            raise self.refusal


class SubscriptionRules:
    """The rules of a subscription, each asked by the verb of that name. Whose role allows it is not asked here."""

    if TYPE_CHECKING:
        id: str
        payment_method_id: str | None
        status: Status
        period_end_at: datetime
        anchor_zone: str
        anchor_local: datetime
        quarantined_at: datetime | None
        prop: Property
        cancelled_at: datetime | None
        cancelled_by: str | None
        ended_at: datetime | None

    def allowed(self, now: Situation) -> frozenset[Act]:
        """All that its state allows."""
        return frozenset(act for act, rule in RULES.items() if rule(self, now))

    def can_cancel(self, now: Situation) -> Verdict:
        """AlreadyCancelled, AlreadyEnded, BeingRenewed, or PaymentInProgress while a payment may still change it.

        A renewal that is quarantined is no reason to wait for it.
        """
        is_paid_for = now.change is not None and now.change.payment_id is not None
        return Verdict(
            self._over(now)
            or self._cancelled()
            or (self._being_renewed(now) if self.quarantined_at is None else None)
            or (self._paying(now) if is_paid_for else None)
        )

    def can_keep(self, now: Situation) -> Verdict:
        """AlreadyEnded, AlreadyCancelled, or BeingRenewed once it is kept."""
        return Verdict(self._over(now) or self._cancelled() or self._being_renewed(now))

    def can_undo_cancellation(self, now: Situation) -> Verdict:
        """NotCancelled, or AlreadyEnded once the date has come."""
        return Verdict(self._over(now) or (NotCancelled() if self.cancelled_at is None else None))

    def can_change(self, now: Situation) -> Verdict:
        """AlreadyEnded, AlreadyCancelled, Unpaid, BeingRenewed, or PaymentInProgress."""
        return Verdict(
            self._over(now)
            or self._cancelled()
            or (Unpaid() if self.status is Status.PAST_DUE else None)
            or self._being_renewed(now)
            or self._paying(now)
        )

    def can_undo_change(self, now: Situation) -> Verdict:
        """NothingPending, also for a restart that is being paid, or PaymentInProgress for a change that is."""
        if now.change is None or self.status is Status.ENDED:
            return Verdict(NothingPending())
        return Verdict(self._paying(now) if now.change.payment_id is not None else None)

    def can_restart(self, now: Situation) -> Verdict:
        """StillRunning, Unpaid, or PaymentInProgress."""
        return Verdict(
            (StillRunning() if self.status is not Status.ENDED else None)
            or self._owing(now)
            or self._paying(now)
        )

    @property
    def trial_days(self) -> int:
        """How many days its free trial lasts in all."""
        return (local_date(self.period_end_at, self.anchor_zone) - self.anchor_local.date()).days

    def can_extend_trial(self, days: int, now: Situation) -> Verdict:
        """NotOnTrial, AlreadyEnded, AlreadyCancelled, BeingRenewed once its end has come, or TrialTooLong."""
        if self.status is not Status.TRIALING:
            return Verdict(self._over(now) or NotOnTrial())
        most = MAX_TRIAL_DAYS - self.trial_days
        return Verdict(
            self._over(now)
            or self._cancelled()
            or self._being_renewed(now)
            or (None if 1 <= days <= most else TrialTooLong(most))
        )

    def can_transfer(self, now: Situation) -> Verdict:
        """Unpaid or PaymentInProgress. Where it can go, and whether its add-on and price can, is another question."""
        return Verdict(
            self._abandoned() or self._owing(now) or (_in_progress(now) if now.payment is not None else None)
        )

    def can_pay_now(self, now: Situation) -> Verdict:
        """NothingToPay, NoPaymentMethod, or PaymentInProgress while the gateway has not answered an earlier try."""
        if now.payment is None:
            return Verdict(NothingToPay())
        no_card = NoPaymentMethod(self.id) if self.payment_method_id is None else None
        return Verdict(now.payment.in_progress or no_card)

    def can_choose_payment_method(self, _now: Situation) -> Verdict:
        """NotFound for a purchase that failed. One that has ended needs a card to be restarted."""
        return Verdict(self._abandoned())

    def can_change_address(self, _now: Situation) -> Verdict:
        """NotFound for a purchase that failed."""
        return Verdict(self._abandoned())

    def can_change_company(self, _now: Situation) -> Verdict:
        """NotFound for a purchase that failed."""
        return Verdict(self._abandoned())

    def can_change_receipts(self, _now: Situation) -> Verdict:
        """NotFound for a purchase that failed."""
        return Verdict(self._abandoned())

    def _abandoned(self) -> Refusal | None:
        return NotFound("subscription") if self.status is Status.ABANDONED else None

    def _over(self, now: Situation) -> Refusal | None:
        if abandoned := self._abandoned():
            return abandoned
        if self.status is Status.INCOMPLETE:
            return _in_progress(now)
        if self.ended_at is not None:
            return AlreadyEnded(self.ended_at, self.prop.time_zone)
        if self.cancelled_at is not None and self.period_end_at <= now.at:
            return AlreadyEnded(self.period_end_at, self.prop.time_zone)
        return None

    def _cancelled(self) -> Refusal | None:
        if self.cancelled_at is None:
            return None
        return AlreadyCancelled(self.cancelled_by or "", self.period_end_at, self.prop.time_zone)

    def _being_renewed(self, now: Situation) -> Refusal | None:
        return BeingRenewed() if self.period_end_at <= now.at else None

    def _owing(self, now: Situation) -> Refusal | None:
        """A renewal that failed and is to be paid first; not one of which a bank has yet to say whether it is."""
        if self.status not in OWING or now.payment is None:
            return None
        return Unpaid() if now.payment.is_owed else None

    def _paying(self, now: Situation) -> Refusal | None:
        """A payment that is open, unless it gives way to what a person does next."""
        return _in_progress(now) if now.payment is not None and not now.payment.gives_way else None


RULES: Mapping[Act, Callable[[SubscriptionRules, Situation], Verdict]] = MappingProxyType(
    {
        Act.CANCEL: SubscriptionRules.can_cancel,
        Act.UNDO_CANCELLATION: SubscriptionRules.can_undo_cancellation,
        Act.CHANGE: SubscriptionRules.can_change,
        Act.UNDO_CHANGE: SubscriptionRules.can_undo_change,
        Act.RESTART: SubscriptionRules.can_restart,
        Act.TRANSFER: SubscriptionRules.can_transfer,
        Act.PAY_NOW: SubscriptionRules.can_pay_now,
        Act.CHOOSE_PAYMENT_METHOD: SubscriptionRules.can_choose_payment_method,
        Act.CHANGE_ADDRESS: SubscriptionRules.can_change_address,
        Act.CHANGE_COMPANY: SubscriptionRules.can_change_company,
        Act.CHANGE_RECEIPTS: SubscriptionRules.can_change_receipts,
    }
)


def _in_progress(now: Situation) -> Refusal:
    return PaymentInProgress(now.payment.action_url if now.payment else None)
