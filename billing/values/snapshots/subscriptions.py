"""Subscriptions, the page that they stand on, and what comes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from hashlib import sha256

from billing.values.acts import Act
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval, local_date
from billing.values.money import Money, round_half_up, total
from billing.values.snapshots.budgets import BudgetSnapshot
from billing.values.snapshots.invoices import InvoiceSnapshot
from billing.values.snapshots.payments import CardSnapshot, Dunning, PaymentSnapshot
from billing.values.snapshots.properties import PropertySnapshot


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
    """One subscription. `price` is net.

    `next_charge` is what its card will be charged, VAT included, after the credit balance has paid `next_credit` of
    it, or, below zero, with as much from earlier invoices; `next_carried` of it is too little to charge and is left
    for the invoice after it. All are None when no charge will come.

    `ends_at` is set while it is cancelled and still lives, `ended_at` once it is over; `receipts_refused_at` when
    the last receipt could not be delivered to `receipts_to`. `receipts_lost_by` is the id of who was chosen for them
    and cannot get them any more. `allowed` is what its state allows, whoever asks.

    `dunning` is what becomes by itself of the renewal that it owes, None where it owes none. `backup` is charged for
    a renewal where `card` cannot be.

    `allowance` is the quota of all its units in a cycle, None for no limit; `used` is what was used in this one,
    where the page shows it. `dropped` is the planned change that the act which answers with it has dropped.
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
    allowed: frozenset[Act]
    version: int
    receipts_refused_at: datetime | None = None
    next_credit: Money | None = None
    next_carried: Money | None = None
    receipts_lost_by: str | None = None
    used: int = field(default=0, repr=False, compare=False)
    allowance: int | None = field(default=None, repr=False, compare=False)
    has_own_buyer: bool = False
    dunning: Dunning | None = field(default=None, repr=False)
    property_has_profile: bool = False
    dropped: PendingSnapshot | None = field(default=None, repr=False, compare=False)
    backup: CardSnapshot | None = field(default=None, repr=False)
    backup_id: str = field(default="", repr=False)

    @property
    def is_free_next(self) -> bool:
        """Whether its next cycle costs nothing: neither a card nor credit pays for it."""
        parts = (self.next_charge, self.next_credit, self.next_carried)
        return self.next_charge is not None and not any(part and part.minor for part in parts)

    @property
    def ends_unpaid_at(self) -> datetime | None:
        """When it ends unless what it owes is paid; None where it is over by then all the same."""
        return self.ends_unpaid(self.dunning.ends_at if self.dunning else None)

    def ends_unpaid(self, last_day: datetime | None) -> datetime | None:
        """The same for that last day of what it owes."""
        if last_day is None or self.ended_at is not None:
            return None
        return None if self.ends_at is not None and self.ends_at <= last_day else last_day

    @property
    def fingerprint(self) -> str:
        """Of what a confirmation says of it: what it is, at which price, until when, and what comes or is dropped."""
        terms = (self.plan, self.interval, self.quantity, self.price, self.pending, self.dropped)
        dates = (self.status, self.period_end_at, self.ends_at, self.ended_at)
        charge = (self.next_charge, self.next_credit, self.next_carried)
        return sha256(repr((terms, dates, charge)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PurchasesPage:
    """The page "Purchases and invoices" of one property, for one reader.

    `invoices` holds the newest few of each subscription, by subscription id; `unpaid` the oldest invoice that
    one owes, where it can be paid now. `credit` is the property's balance, in the currency of all its amounts; below
    zero it owes as much, which was too little to charge and is on its next invoice. `address` and `company` are the
    property's billing profile, `budget` what it means to spend.
    """

    property: PropertySnapshot
    choices: tuple[PropertySnapshot, ...]
    running: tuple[SubscriptionSnapshot, ...]
    ended: tuple[SubscriptionSnapshot, ...]
    invoices: dict[str, tuple[InvoiceSnapshot, ...]]
    unpaid: dict[str, PaymentSnapshot]
    credit: Money
    now: datetime = field(compare=False)
    address: BillingAddress | None = None
    company: Company | None = None
    budget: BudgetSnapshot | None = None


def monthly_total(page: PurchasesPage) -> Money:
    """What goes on costs in a month, net; a year's price counts for a twelfth. No trial, nothing cancelled."""
    charged = (one for one in page.running if one.ends_at is None and one.status != "trialing")
    parts = (Fraction(one.price.minor * one.quantity, one.interval.months) for one in charged)
    return Money(round_half_up(sum(parts, Fraction(0))), page.credit.currency)


def first_charge(page: PurchasesPage) -> tuple[datetime, Money] | None:
    """When cards are charged next, and how much on that day in all; where none is foreseen, the next invoice."""
    invoiced = [
        (one.next_charge_at, one.next_charge)
        for one in page.running
        if one.next_charge_at is not None and one.next_charge is not None
    ]
    if not invoiced:
        return None
    charges = [(at, amount) for at, amount in invoiced if amount.minor > 0] or invoiced
    at, zone = min(at for at, _ in charges), page.property.time_zone
    same_day = (amount for when, amount in charges if local_date(when, zone) == local_date(at, zone))
    return at, total(same_day, page.credit.currency)


@dataclass(frozen=True, slots=True)
class PropertyDeletion:
    """What stands against deleting a property: the subscriptions that live in it or are to be paid, and its credit.

    `owns_another` says whether the owner could transfer them to another property of theirs. `carried` was too little
    to charge, and no invoice will charge it then.
    """

    property: PropertySnapshot
    in_use: tuple[SubscriptionSnapshot, ...]
    owns_another: bool
    credit: Money
    carried: Money


@dataclass(frozen=True, slots=True)
class FailedDueWork:
    """A subscription whose next cycle could not begin, or which could not end, at `due_at`; it is tried on.

    `quarantined_at` is since when it is known to be more than a passing trouble.
    """

    workspace_id: str
    subscription_id: str
    property_name: str
    add_on: str
    plan: str
    due_at: datetime
    cancelled: bool
    failures: int
    next_try_at: datetime
    quarantined_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """A moment that comes: a subscription renews, changes, converts from its trial or ends, a payment is tried.

    `kind`: "retries" is the next try for what is past due, "collects" the one for a renewal that is on its way,
    "ends_unpaid" the end of what nothing will be tried for, unless it is paid.

    `amount` is what the card will be charged with VAT, as things stand, after the credit balance has paid `credit`;
    None where nothing or nobody knows.
    """

    at: datetime
    kind: str
    property_name: str
    add_on: str
    plan: str
    amount: Money | None
    credit: Money | None = None
    subscription_id: str = ""


@dataclass(frozen=True, slots=True)
class AgendaPage:
    """Some of what comes for a property, soonest first. Pages count from 1.

    `total` is what cards will be charged for all of it, `credit` what the credit balance will pay; below zero earlier
    invoices left as much, which is charged with it.
    """

    property: PropertySnapshot
    entries: tuple[AgendaEntry, ...]
    total: Money | None
    credit: Money | None
    page: int
    pages: int
    count: int
