"""What leaves the services: frozen values that say all a reader may see."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from billing.domain.actors import Role
from billing.domain.addresses import BillingAddress
from billing.domain.catalogue import MOST
from billing.domain.companies import Company
from billing.domain.cycles import Interval
from billing.domain.documents import InvoiceDocument
from billing.domain.events import Topic
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
    topics: tuple[Topic, ...] = tuple(Topic)


@dataclass(frozen=True, slots=True)
class MemberSnapshot:
    """A member of a property. `pays` are the add-ons for whose running subscriptions they pay."""

    user_id: str
    name: str
    role: Role
    pays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MembersPage:
    """One page of the members of a property; `property.role` is the reader's own."""

    property: PropertySnapshot
    members: tuple[MemberSnapshot, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act in the audit log, done or refused. `via` is where it came from: chat, schedule, operator.

    `subject` is what it was done to, as a person calls it, where that is known; `member_id` the person it was
    done to. `details` are names with what stood there before and after.
    """

    at: datetime
    user_id: str
    via: str
    act: str
    subject: str | None
    member_id: str | None
    details: tuple[tuple[str, str, str], ...]
    refused_as: str | None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of a property's audit log, newest first. Amounts in it are minor units of `currency`."""

    property: PropertySnapshot
    currency: str
    lines: tuple[AuditLine, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the desk does: of so many invariants these do not hold; what is due for longest; what is untold.

    `undelivered` are the property's subscriptions whose receipts were refused, as a person calls them.
    """

    invariants: int
    broken: tuple[str, ...]
    due_since: datetime | None
    untold: int
    untold_since: datetime | None
    undelivered: tuple[str, ...]
    time_zone: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Votes:
    """How many found a help topic helpful, of how many who said so; and what the reader said, if anything."""

    topic: str
    helpful: int
    count: int
    own: bool | None


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
    """A change that has not happened yet; `applies_at` is None where it waits for its payment.

    `id` is which one it is. It is no part of what a quote says: a preview's own is never kept.
    """

    plan: str
    interval: Interval
    quantity: int
    applies_at: datetime | None
    id: str = field(default="", repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SubscriptionSnapshot:
    """One subscription. `price` is net; `next_charge` includes VAT and is None when none will come.

    `ends_at` is set while it is cancelled and still lives, `ended_at` once it is over; `receipts_refused_at` when
    the last receipt could not be delivered to `receipts_to`.
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
    receipts_refused_at: datetime | None = None


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

    `invoices` holds the newest few of each subscription, by subscription id; `unpaid` the oldest invoice that
    one owes, where it can be paid now.
    """

    property: PropertySnapshot
    choices: tuple[PropertySnapshot, ...]
    running: tuple[SubscriptionSnapshot, ...]
    ended: tuple[SubscriptionSnapshot, ...]
    invoices: dict[str, tuple[InvoiceSnapshot, ...]]
    unpaid: dict[str, PaymentSnapshot]
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
class AgendaPage:
    """Some of what comes for a property, soonest first. `total` is what all of it will cost. Pages count from 1."""

    property: PropertySnapshot
    entries: tuple[AgendaEntry, ...]
    total: Money | None
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """A plan at its net price of one interval. `is_own`: the subscription has it."""

    plan_id: str
    plan: str
    interval: Interval
    price: Money
    is_own: bool


@dataclass(frozen=True, slots=True)
class PlanChoices:
    """What a subscription can be changed to, its own plan included; `policy` says when a change comes.

    It can have `most` of any of them.
    """

    subscription: SubscriptionSnapshot
    policy: str
    offers: tuple[PlanOffer, ...]
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan of an add-on at its net price of one interval; free for its trial days. One can have `most` of it."""

    add_on_id: str
    add_on: str
    plan_id: str
    plan: str
    interval: Interval
    price: Money
    trial_days: int
    most: int = MOST


@dataclass(frozen=True, slots=True)
class SalesChoices:
    """What a property can buy. `addresses` are those its subscriptions have, each by one that has it.

    `recipients` are the property's known addresses for receipts, `own_address` the reader's among them.
    """

    property: PropertySnapshot
    offers: tuple[Offer, ...]
    addresses: tuple[tuple[str, BillingAddress], ...]
    recipients: tuple[str, ...]
    own_address: str | None


@dataclass(frozen=True, slots=True)
class ReceiptChoices:
    """Who can get the receipts of a subscription by mail; `own_address` is the reader's among them.

    `sends`: there is a mail server. A receipt waits since `waiting_since` for it to take it.
    """

    subscription: SubscriptionSnapshot
    recipients: tuple[str, ...]
    own_address: str | None
    sends: bool
    waiting_since: datetime | None


@dataclass(frozen=True, slots=True)
class TransferChoices:
    """What an owner may transfer, and the other properties that they own."""

    subscriptions: tuple[SubscriptionSnapshot, ...]
    properties: tuple[PropertySnapshot, ...]


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
    add_on: str


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """Some tries to collect for a property or one of its subscriptions, newest first. Pages count from 1."""

    property: PropertySnapshot
    subscription_id: str | None
    title: str | None
    attempts: tuple[AttemptSnapshot, ...]
    page: int
    pages: int
    count: int


@dataclass(frozen=True, slots=True)
class CardSetupSnapshot:
    """A page at the gateway on which a new card of that property is entered."""

    id: str
    property_name: str
    url: str


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """Money that goes back: "open" until the gateway has said so, then "succeeded" or "failed"."""

    id: str
    amount: Money
    state: str
    reason: str | None
