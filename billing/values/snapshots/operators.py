"""What somebody of the seller's sees of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.snapshots.subscriptions import PurchasesPage

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
