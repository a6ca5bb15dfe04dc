"""What somebody of the seller's sees of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.money import Money
from billing.values.snapshots.subscriptions import PurchasesPage, SubscriptionSnapshot

# More customers than these are not shown of what was looked for.
MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Customer:
    """A property that was found, in its workspace; by an invoice, where there is an `invoice_id`."""

    workspace_id: str
    workspace: str
    property_id: str
    property: str
    is_deleted: bool
    invoice_id: str = ""
    invoice_number: str = ""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """The page of that customer's property, as its admins see it."""

    customer: Customer
    page: PurchasesPage


@dataclass(frozen=True, slots=True)
class CreditPreview:
    """What a credit note would give back, VAT included, and where it goes.

    `owed` is owed no more, `lost` was written off before, `refund` is promised to the card, `balance` becomes credit.
    """

    total: Money
    owed: Money
    lost: Money
    refund: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What would go back to the card, and how much of it credit notes have promised; the rest is credit."""

    amount: Money
    promised: Money


@dataclass(frozen=True, slots=True)
class RetryPreview:
    """The open payment of an invoice that would be tried now, with the card of its subscription."""

    payment_id: str
    amount: Money
    subscription: SubscriptionSnapshot
