"""What leaves the services: frozen values that say all a reader may see."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.domain.actors import Role
from billing.domain.addresses import BillingAddress
from billing.domain.companies import Company
from billing.domain.cycles import Interval
from billing.domain.documents import InvoiceDocument
from billing.domain.money import Money

EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PropertySnapshot:
    """A property as one of its members sees it."""

    id: str
    name: str
    time_zone: str
    role: Role
    billing_channel: str | None


@dataclass(frozen=True, slots=True)
class CardSnapshot:
    """What may be shown of a payment card."""

    brand: str
    last_four: str
    expiry_month: int
    expiry_year: int

    def expires(self, today: date) -> str | None:
        """ "expired" after the last day of its month, "soon" within thirty days of it, else None."""
        last_day = date(
            self.expiry_year, self.expiry_month, monthrange(self.expiry_year, self.expiry_month)[1]
        )
        if last_day < today:
            return "expired"
        return "soon" if last_day - today <= EXPIRES_SOON else None


@dataclass(frozen=True, slots=True)
class MethodSnapshot:
    """A saved card of a property, and the subscriptions that it pays, as a person calls them.

    `expires` is "expired", "soon" (within thirty days of the last day of its month), or None.
    """

    id: str
    card: CardSnapshot
    pays: tuple[str, ...]
    expires: str | None


@dataclass(frozen=True, slots=True)
class PendingSnapshot:
    """A change that has not happened yet; `applies_at` is None where it waits for its payment."""

    plan: str
    interval: Interval
    quantity: int
    applies_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    """One subscription. `price` is net; `next_charge` includes VAT and is None when none will come.

    `ends_at` is set while it is cancelled and still lives, `ended_at` once it is over.
    """

    id: str
    property_id: str
    property_name: str
    time_zone: str
    add_on_id: str
    add_on: str
    plan: str
    interval: Interval
    quantity: int
    status: str
    price: Money
    purchased_at: datetime
    period_end_at: datetime
    next_charge_at: datetime | None
    next_charge: Money | None
    card: CardSnapshot | None
    address: BillingAddress | None
    company: Company | None
    billing_admin_id: str
    billing_admin_name: str
    receipts_to: str | None
    cancelled_by: str | None
    cancel_reason: str | None
    ends_at: datetime | None
    ended_at: datetime | None
    pending: PendingSnapshot | None
    version: int


@dataclass(frozen=True, slots=True)
class CreditNoteSnapshot:
    """An issued credit note beside the invoice that it corrects; its total is what it gives back."""

    id: str
    number: str
    issued_on: date
    total: Money
    invoice_id: str


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """An issued invoice in a list, with its credit notes, oldest first."""

    id: str
    number: str
    issued_on: date
    total: Money
    subscription_id: str
    add_on: str
    plan: str
    credit_notes: tuple[CreditNoteSnapshot, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """Some invoices of a property or of one of its subscriptions, newest first. Pages count from 1."""

    property: PropertySnapshot
    subscription_id: str | None
    title: str | None
    invoices: tuple[InvoiceSnapshot, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """An invoice, or a credit note, as a PDF."""

    invoice: InvoiceSnapshot | CreditNoteSnapshot
    property_name: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PurchasesPage:
    """The page "Purchases and invoices" of one property, for one reader.

    `invoices` holds the newest few of each subscription, by subscription id.
    """

    property: PropertySnapshot
    choices: tuple[PropertySnapshot, ...]
    running: tuple[SubscriptionSnapshot, ...]
    ended: tuple[SubscriptionSnapshot, ...]
    invoices: dict[str, tuple[InvoiceSnapshot, ...]]
    now: datetime


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A moment that comes: a subscription renews, changes, converts from its trial or ends, a payment retries.

    `amount` is what it will cost with VAT, as things stand; None where nothing or nobody knows.
    """

    at: datetime
    kind: str
    property_name: str
    add_on: str
    plan: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What an act would do, by the act's own code: shown before it, and held against it.

    `document` is the draft whose lines carry the arithmetic; None where nothing is invoiced now. `charge_now`
    is what the card is asked for, `credit_used` what the credit balance pays, `credited` what it gets.
    """

    subscription: SubscriptionSnapshot
    document: InvoiceDocument | None
    charge_now: Money
    credit_used: Money
    credited: Money
    takes_effect_at: datetime
    next_charge_at: datetime
    next_charge: Money
    fingerprint: str


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """Where a payment stands. `state` is open, paid, failed or uncollectible.

    While it is open, `waiting_for` says what for: "gateway" (nobody knows yet, it is being asked),
    "authentication" (at `action_url`), "schedule" (it is tried again at `next_try_at`).
    """

    id: str
    subscription_id: str
    invoice_id: str | None
    kind: str
    state: str
    amount: Money
    waiting_for: str | None
    reason: str | None
    for_good: bool
    action_url: str | None
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttemptSnapshot:
    """One try to collect a payment, in the payment history."""

    at: datetime
    amount: Money
    card: str
    outcome: str
    reason: str | None
    invoice_number: str | None
