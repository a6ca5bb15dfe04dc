"""Facts in the past tense: what the team must be told. Written to the outbox with the act itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from billing.values.cycles import moment_text


class Topic(StrEnum):
    """What an announcement is about: a property's admins choose which of these its channel is told."""

    RECEIPTS = "receipts"
    FAILED_PAYMENTS = "failed_payments"
    ENDINGS = "endings"
    CANCELLATIONS = "cancellations"
    PLAN_CHANGES = "plan_changes"
    TRANSFERS = "transfers"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class PropertyEvent:
    """Something that happened in a property. Its topic is None where it is told to those whom it concerns."""

    topic: ClassVar[Topic | None] = None
    # Told as a message of its own although an earlier one of its thing is edited: what a team must not overlook.
    also_post: ClassVar[bool] = False

    property_id: str
    property_name: str
    time_zone: str

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def subject_key(self) -> str | None:
        """What it is about: of the same one a later fact is told in the place of an earlier."""
        return None

    def as_json(self) -> dict[str, Any]:
        """The event as plain data, its moments as text."""
        return {
            name: moment_text(value) if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The event that `as_json` wrote."""
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
            for name, value in plain.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Event(PropertyEvent):
    """Something that happened to a subscription of a property. Amounts are in minor units."""

    topic: ClassVar[Topic | None] = Topic.PLAN_CHANGES

    subscription_id: str
    add_on: str
    plan: str


def end_of(subscription_id: str, at: datetime) -> str:
    """The thing that a cancellation, its undoing and the end itself are about."""
    return f"end {subscription_id} {moment_text(at)}"


@dataclass(frozen=True, slots=True)
class SubscriptionStarted(Event):
    """It was bought and paid, or its trial began (`trial_ends_at`)."""

    by: str
    trial_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled(Event):
    """It stays active to `ends_at` and is never charged again; what is `unpaid` of it is still collected."""

    topic: ClassVar[Topic | None] = Topic.CANCELLATIONS

    by: str
    reason: str
    ends_at: datetime
    unpaid: bool = False

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.ends_at)


@dataclass(frozen=True, slots=True)
class CancellationUndone(Event):
    """It goes on as before: same dates, no charge."""

    topic: ClassVar[Topic | None] = Topic.CANCELLATIONS

    by: str
    next_charge_at: datetime

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.next_charge_at)


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """The end of its last paid cycle has come, or what was owed for it stayed `unpaid` to the last day."""

    topic: ClassVar[Topic | None] = Topic.ENDINGS
    also_post: ClassVar[bool] = True

    ended_at: datetime
    unpaid: bool = False

    @property
    def subject_key(self) -> str:
        return end_of(self.subscription_id, self.ended_at)


@dataclass(frozen=True, slots=True)
class SubscriptionRestarted(Event):
    """It had ended and was paid anew: a new cycle begins."""

    by: str


@dataclass(frozen=True, slots=True)
class ChangePlanned(Event):
    """Another plan or quantity was chosen, for the end of the cycle. `change_id` is which change it is."""

    by: str
    next_plan: str
    quantity: int
    applies_at: datetime
    change_id: str = ""

    @property
    def subject_key(self) -> str:
        return f"change {self.change_id}"


@dataclass(frozen=True, slots=True)
class PlannedChangeUndone(Event):
    """The planned change was taken back; the plan stays."""

    by: str
    change_id: str = ""

    @property
    def subject_key(self) -> str:
        return f"change {self.change_id}"


@dataclass(frozen=True, slots=True)
class PlanChanged(Event):
    """It has this plan from now on; `before` is the plan that it had. `by` is empty where the cycle brought it."""

    by: str
    before: str
    change_id: str = ""

    @property
    def subject_key(self) -> str | None:
        return f"change {self.change_id}" if self.change_id else None


@dataclass(frozen=True, slots=True)
class SubscriptionTransferred(Event):
    """It belongs to this property from now on, with its history; nothing was charged."""

    topic: ClassVar[Topic | None] = Topic.TRANSFERS

    by: str
    from_property: str


@dataclass(frozen=True, slots=True)
class PaymentReceived(Event):
    """An invoice is paid. `minor` is what the card gave, the rest of the total was credit."""

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    invoice_id: str
    number: str
    minor: int
    total_minor: int
    currency: str
    card: str
    payment_id: str = ""

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """It could not be collected; it is tried again at `try_at`, or not any more.

    Where nothing is tried before a person acts, the plan ends at `ends_at` unless it is paid. `can_pay_now` says
    whether a person can try it at once.
    """

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    payment_id: str
    minor: int
    currency: str
    reason: str
    try_at: datetime | None
    ends_at: datetime | None = None
    can_pay_now: bool = False

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class AuthenticationNeeded(Event):
    """The bank wants the payer at `url`; nothing is tried until then."""

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    payment_id: str
    minor: int
    currency: str
    url: str

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class LatePaymentCredited(Event):
    """Money came for something that had ended: it is the property's credit now."""

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class CardSaved(Event):
    """A new card came from the gateway's page; it pays for the subscription, where one is named."""

    card: str


@dataclass(frozen=True, slots=True)
class MemberChanged(PropertyEvent):
    """A person has another role; `before` is None where they were added, `role` where they were removed."""

    topic: ClassVar[Topic | None] = Topic.MEMBERS

    by: str
    user_id: str
    before: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class RoleAskedFor(PropertyEvent):
    """A member whose role does not allow something asks those who can help for the role `needed`."""

    by: str
    role: str
    needed: str


@dataclass(frozen=True, slots=True)
class SupportAsked(PropertyEvent):
    """A person wrote to the support. The property's fields are empty where they are in none."""

    by: str
    message: str


@dataclass(frozen=True, slots=True)
class SupportReceived(PropertyEvent):
    """What the support has, told to the person who wrote it."""

    message: str


@dataclass(frozen=True, slots=True)
class CreditNoteIssued(Event):
    """An invoice was corrected. Of its total `refund_minor` is sent back, `owed_minor` is owed no more.

    What is left of it beside both and `lost_minor`, which nobody was asked for any more, is the property's credit.
    """

    credit_note_id: str
    number: str
    invoice_number: str
    total_minor: int
    owed_minor: int
    lost_minor: int
    refund_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ReceiptUndelivered(Event):
    """The mail with that invoice or credit note will never arrive: the server said `code`.

    Without a code its recipient is none of the property's known addresses any more.
    """

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    number: str
    code: int | None


EVENTS: dict[str, type[PropertyEvent]] = {
    event.__name__: event
    for event in (
        SubscriptionStarted,
        SubscriptionCancelled,
        CancellationUndone,
        SubscriptionEnded,
        SubscriptionRestarted,
        ChangePlanned,
        PlannedChangeUndone,
        PlanChanged,
        SubscriptionTransferred,
        PaymentReceived,
        PaymentFailed,
        AuthenticationNeeded,
        LatePaymentCredited,
        CardSaved,
        MemberChanged,
        RoleAskedFor,
        SupportAsked,
        SupportReceived,
        CreditNoteIssued,
        ReceiptUndelivered,
    )
}
