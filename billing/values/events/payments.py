"""What happened to money: payments, cards, credit notes, and the mail with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from billing.values.events.base import Event, PropertyEvent, Topic


@dataclass(frozen=True, slots=True)
class PaymentReceived(Event):
    """An invoice is paid. `minor` is what the card gave, the rest of the total was credit but for what is carried.

    `carried_minor` is on the next invoice, or below zero what the card gave beside it for former ones. Where that
    card was the backup, `declined_card` could not be charged before, for `declined_reason`; `now_pays`: the backup is
    the card that pays from then on.
    """

    topic: ClassVar[Topic | None] = Topic.RECEIPTS
    # By the payment that is received, and its invoice.
    said_by_rows: ClassVar[frozenset[str]] = frozenset(
        {"subscription_id", "invoice_id", "number", "minor", "total_minor", "currency", "carried_minor"}
    )

    invoice_id: str
    number: str
    minor: int
    total_minor: int
    currency: str
    card: str
    payment_id: str = ""
    carried_minor: int = 0
    declined_card: str = ""
    declined_reason: str = ""
    now_pays: bool = False

    @property
    def credit_minor(self) -> int:
        """What the credit balance gave."""
        return self.total_minor - self.minor - self.carried_minor

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """It could not be collected; it is tried again at `try_at`, or not any more.

    Where nothing is tried before a person acts, the plan ends at `ends_at` unless it is paid.
    `can_pay_now` says whether a person can try it at once. A reminder says what was told before: nothing was tried.
    Where the backup, `backup_card`, was tried in the place of the card with that reason, it failed for
    `backup_reason`; `next_card` is the backup where that is tried next.
    """

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    payment_id: str
    minor: int
    currency: str
    reason: str
    try_at: datetime | None
    ends_at: datetime | None = None
    can_pay_now: bool = False
    is_reminder: bool = False
    backup_card: str = ""
    backup_reason: str = ""
    next_card: str = ""

    @property
    def is_still_owed(self) -> bool:
        """Whether a person can still do something about it: what is over cannot be paid any more."""
        return self.can_pay_now or self.try_at is not None or self.ends_at is not None

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class AuthenticationNeeded(Event):
    """The bank wants the payer at `url`; nothing is tried until then. `is_over`: not any more, it was withdrawn.

    Only the backup, `backup_card`, is tried at `backup_at` unless it is paid.
    """

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    payment_id: str
    minor: int
    currency: str
    url: str
    is_over: bool = False
    backup_card: str = ""
    backup_at: datetime | None = None

    @property
    def subject_key(self) -> str:
        return f"payment {self.payment_id}"


@dataclass(frozen=True, slots=True)
class PaymentDisputed(Event):
    """Who holds the card disputes `minor` of a payment with their bank; `state` is that of the dispute."""

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    payment_id: str
    minor: int
    currency: str
    state: str

    @property
    def subject_key(self) -> str:
        return f"dispute {self.payment_id}"


@dataclass(frozen=True, slots=True)
class LatePaymentCredited(Event):
    """Money came for something that had ended: it is the property's credit now."""

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class UnissuedPaymentCredited(Event):
    """Money came for what cannot be invoiced: nothing was done for it, and it is the property's credit now.

    `paid_for` is the kind of the payment: purchase, change or restart.
    """

    topic: ClassVar[Topic | None] = Topic.FAILED_PAYMENTS

    minor: int
    currency: str
    paid_for: str


@dataclass(frozen=True, slots=True)
class CardSaved(Event):
    """A new card came from the gateway's page; it pays for the subscription, where one is named.

    `setup_id` is which page: it knows the form that waits for the card. Of the plan's unpaid amounts `due_minor` is
    charged to it first: at once where there is no `due_at`, because it waited for the payer of another card.
    """

    card: str
    setup_id: str = ""
    due_minor: int = 0
    currency: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreditNoteIssued(Event):
    """An invoice was corrected. Of its total `refund_minor` is sent back, `owed_minor` is owed no more.

    What is left of it beside both and `lost_minor`, which nobody was asked for any more, is the property's credit, or
    that of the property named `credited_to`, which the invoice was for before a transfer. Where nothing is left to be
    paid, `payment_id` is the payment that is over: what was told of its failing is told no more.
    """

    credit_note_id: str
    number: str
    invoice_number: str
    total_minor: int
    owed_minor: int
    lost_minor: int
    refund_minor: int
    currency: str
    credited_to: str = ""
    payment_id: str = ""

    @property
    def subject_key(self) -> str | None:
        return f"payment {self.payment_id}" if self.payment_id else None


@dataclass(frozen=True, slots=True)
class RefundFailed(PropertyEvent):
    """What was going back to a card, or had gone, came back: so much of it is promised again, the rest is credit.

    `number` is that of the invoice, or the id of the payment where there is none. With the name of the workspace it
    is told to the seller's own people, of whom `asked_by` asked for the refund.
    """

    number: str
    minor: int
    promised_minor: int
    currency: str
    reason: str
    workspace_name: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptUndelivered(Event):
    """The mail with that invoice or credit note will never arrive: the server said `code`.

    Without a code its recipient is none of the property's known addresses any more.
    """

    topic: ClassVar[Topic | None] = Topic.RECEIPTS

    number: str
    code: int | None
