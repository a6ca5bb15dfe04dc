"""What can be chosen, and what it would cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.addresses import BillingAddress
from billing.values.catalogue import MAX_QUANTITY
from billing.values.cycles import Interval
from billing.values.documents import InvoiceDocument
from billing.values.money import Money
from billing.values.snapshots.properties import PropertySnapshot
from billing.values.snapshots.subscriptions import PendingSnapshot, SubscriptionSnapshot

# What stands for the billing profile of the property among the addresses that a purchase can have.
OF_PROPERTY = "property"


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
    """What a subscription can be changed to, its own plan included; `policy` says when a change comes, if in one way.

    It is the add-on's, or "trial" where nothing is charged for one. It can have `most` of any of them.
    """

    subscription: SubscriptionSnapshot
    policy: str
    offers: tuple[PlanOffer, ...]
    most: int = MAX_QUANTITY


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
    most: int = MAX_QUANTITY


@dataclass(frozen=True, slots=True)
class SalesChoices:
    """What a property can buy. `addresses` are those its subscriptions have, each by one that has it.

    `recipients` are the property's known addresses for receipts, `own_address` the reader's among them. `country` is
    the property's; its currency is the `unsold_currency` where nothing at all is sold in it. `asks_tax_number`: its
    first invoice is between two parties in Italy, where the tax authority wants a number of the buyer on it.
    """

    property: PropertySnapshot
    offers: tuple[Offer, ...]
    addresses: tuple[tuple[str, BillingAddress], ...]
    recipients: tuple[str, ...]
    own_address: str | None
    country: str
    unsold_currency: str | None = None
    asks_tax_number: bool = False


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
class PaidTimeLost:
    """What a change gives up of a plan that is paid: so many of so many days, and their net amount."""

    plan: str
    days: int
    of_days: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """What an act would do, by the act's own code: shown before it, and held against it.

    `document` is the draft whose lines carry the arithmetic; None where nothing is invoiced now. `charge_now`
    is what the card is asked for, `credit_used` what the credit balance pays, `credited` what it gets, `carried` what
    is left for the next invoice or, below zero, was left by former ones. So is `next_charge` what the card will be
    asked for at the next one, after the credit balance has paid `next_credit`, with `next_carried` left. `lost` is
    paid time for which nothing is given back, `replaces` a planned change that is dropped. `invoice` is what of the
    document is invoiced, where credit notes give back the rest of it; None where it is one invoice. `above` is the
    limit of the property where `charge_now` is more: another admin has to approve it.
    """

    subscription: SubscriptionSnapshot
    document: InvoiceDocument | None
    charge_now: Money
    credit_used: Money
    credited: Money
    carried: Money
    takes_effect_at: datetime
    next_charge_at: datetime
    next_charge: Money
    next_credit: Money
    next_carried: Money
    fingerprint: str
    lost: PaidTimeLost | None = None
    replaces: PendingSnapshot | None = None
    invoice: InvoiceDocument | None = None
    above: Money | None = None
