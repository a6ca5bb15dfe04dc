"""Facts in the past tense: what the team must be told. Written to the outbox with the act itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from billing.domain.cycles import moment_text


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a subscription of a property. Amounts are in minor units."""

    property_id: str
    property_name: str
    time_zone: str
    subscription_id: str
    add_on: str
    plan: str

    @property
    def kind(self) -> str:
        return type(self).__name__

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
class SubscriptionStarted(Event):
    """It was bought and paid, or its trial began (`trial_ends_at`)."""

    by: str
    trial_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled(Event):
    """It stays active to `ends_at` and is never charged again; what is `unpaid` of it is still collected."""

    by: str
    reason: str
    ends_at: datetime
    unpaid: bool = False


@dataclass(frozen=True, slots=True)
class CancellationUndone(Event):
    """It goes on as before: same dates, no charge."""

    by: str
    next_charge_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """The end of its last paid cycle has come, or the last try to collect has failed."""

    ended_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionRestarted(Event):
    """It had ended and was paid anew: a new cycle begins."""

    by: str


@dataclass(frozen=True, slots=True)
class ChangePlanned(Event):
    """Another plan or quantity was chosen, for the end of the cycle."""

    by: str
    next_plan: str
    quantity: int
    applies_at: datetime


@dataclass(frozen=True, slots=True)
class PlannedChangeUndone(Event):
    """The planned change was taken back; the plan stays."""

    by: str


@dataclass(frozen=True, slots=True)
class PlanChanged(Event):
    """It has this plan from now on; `before` is the plan that it had. `by` is empty where the cycle brought it."""

    by: str
    before: str


@dataclass(frozen=True, slots=True)
class SubscriptionTransferred(Event):
    """It belongs to this property from now on, with its history; nothing was charged."""

    by: str
    from_property: str


@dataclass(frozen=True, slots=True)
class PaymentReceived(Event):
    """An invoice is paid. `minor` is what the card gave, the rest of the total was credit."""

    invoice_id: str
    number: str
    minor: int
    total_minor: int
    currency: str
    card: str


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """It could not be collected; it is tried again at `try_at`, or not any more."""

    payment_id: str
    minor: int
    currency: str
    reason: str
    try_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuthenticationNeeded(Event):
    """The bank wants the payer at `url`; nothing is tried until then."""

    payment_id: str
    minor: int
    currency: str
    url: str


@dataclass(frozen=True, slots=True)
class LatePaymentCredited(Event):
    """Money came for something that had ended: it is the property's credit now."""

    minor: int
    currency: str


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


EVENTS: dict[str, type[Event]] = {
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
        CreditNoteIssued,
    )
}
