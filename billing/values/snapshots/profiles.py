"""The billing profile of a property, and which subscriptions go by it."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.snapshots.properties import PropertySnapshot
from billing.values.snapshots.subscriptions import SubscriptionSnapshot


@dataclass(frozen=True, slots=True)
class ProfileSnapshot:
    """Whom the invoices of a property are for: what its subscriptions go by that are `following`; `own` have theirs.

    `seen` stands for this very address and company: a later change is held against it.
    """

    property: PropertySnapshot
    country: str
    address: BillingAddress | None
    company: Company | None
    following: tuple[SubscriptionSnapshot, ...]
    own: tuple[SubscriptionSnapshot, ...]
    seen: str
