"""Money that is not charged, credited or given back."""

from __future__ import annotations

from dataclasses import dataclass

from billing.values.errors import Refusal
from billing.values.money import Money


@dataclass(eq=False)
class CreditOutOfBounds(Refusal):
    """A credit note gives back more than nothing, and at most what is `left` of its invoice."""

    left: Money


@dataclass(eq=False)
class PaymentInProgress(Refusal):
    """A payment for it is not decided yet: nobody may be charged twice. `action_url` may lead on."""

    action_url: str | None = None


@dataclass(eq=False)
class JustPaid(Refusal):
    """What was to give way to the act had been paid just before: `amount`, for `what`. Nothing else was done."""

    amount: Money
    what: str
    property_name: str


@dataclass(eq=False)
class PaymentDeclined(Refusal):
    """The bank said no; nothing was charged and nothing has changed. `reason` is the gateway's word."""

    reason: str
    for_good: bool


@dataclass(eq=False)
class NotIssued(Refusal):
    """No invoice can be issued for what was `collected`: it is the property's credit, and nothing has changed."""

    collected: Money


@dataclass(eq=False)
class AmountNotCharged(Refusal):
    """The gateway takes no charge of that total: its `limit` is above it, or below it."""

    total: Money
    limit: Money


@dataclass(eq=False)
class AmountNotExact(Refusal):
    """The gateway charges multiples of `step` alone, and that total is none: it could not be charged as invoiced."""

    total: Money
    step: Money


@dataclass(eq=False)
class NoPaymentMethod(Refusal):
    """There is no card to charge: of the subscription, where it exists already."""

    subscription_id: str = ""


@dataclass(eq=False)
class Unpaid(Refusal):
    """An invoice of the subscription is unpaid; it has to be paid first."""


@dataclass(eq=False)
class NothingToPay(Refusal):
    """The payment is decided already."""


@dataclass(eq=False)
class MethodInUse(Refusal):
    """The card pays for subscriptions, or something is being charged to it: choose another one for them first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class BackupPaysAlready(Refusal):
    """The card that was chosen as the backup is the one that pays."""


@dataclass(eq=False)
class GatewayDown(Refusal):
    """The gateway gives no answer; nothing was begun, nothing is charged."""


@dataclass(eq=False)
class NothingToRefund(Refusal):
    """At most `most` can be given back: what was paid by card and stands to the property's credit."""

    most: Money


@dataclass(eq=False)
class RefundNotExact(Refusal):
    """The gateway sends back multiples of `step` alone, and that amount is none."""

    amount: Money
    step: Money


@dataclass(eq=False)
class RefundKeyReused(Refusal):
    """The key is that of another refund: of `amount` for the invoice `number`. Nothing was given back again."""

    key: str
    number: str
    amount: Money


@dataclass(eq=False)
class CreditKeyReused(Refusal):
    """The key is that of another credit note: over `amount` of the invoice `number`. Nothing was credited again."""

    key: str
    number: str
    amount: Money
