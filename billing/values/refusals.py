"""Refusals: each is named as a person would say it and carries what its sentence needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.errors import Refusal
from billing.values.money import Money
from billing.values.snapshots import Quote
from billing.values.spans import Span


@dataclass(eq=False)
class NotFound(Refusal):
    """No such thing for this actor: whether it exists elsewhere is not said."""

    noun: str


@dataclass(eq=False)
class NoProperty(Refusal):
    """The actor is a member of no property that has billing to show. `owners` are user ids of who could add them."""

    owners: tuple[str, ...] = ()


@dataclass(eq=False)
class OnHold(Refusal):
    """These books may be a copy: they are shown, and nothing is done with them until the operator resumes."""


@dataclass(eq=False)
class NotAllowed(Refusal):
    """The actor's role does not allow it. `admins` are the user ids of those who may do it in the property."""

    needed: str
    admins: tuple[str, ...]
    property_id: str = ""


@dataclass(eq=False)
class AskedAlready(Refusal):
    """The actor asked for a role here less than a day ago."""


@dataclass(eq=False)
class RoleHeld(Refusal):
    """The actor's role allows it already."""


@dataclass(eq=False)
class RoleGiven(Refusal):
    """Whoever asked for a role has one by now that allows it."""

    user_id: str
    role: str


@dataclass(eq=False)
class RequestDeclined(Refusal):
    """The request for a role was declined before, by that person, and whoever asked knows."""

    by: str


@dataclass(eq=False)
class NobodyToReplace(Refusal):
    """Nobody who left pays for anything here any more: they are back, or somebody took it over."""


@dataclass(eq=False)
class OnlyWorkspaceOwners(Refusal):
    """Only an owner of the workspace may create its properties."""


@dataclass(eq=False)
class LastOwner(Refusal):
    """A property keeps at least one owner."""


@dataclass(eq=False)
class AlreadyCancelled(Refusal):
    """Somebody cancelled it before."""

    by: str
    ends_at: datetime
    zone: str


@dataclass(eq=False)
class AlreadyEnded(Refusal):
    """The subscription has ended; it can only be renewed."""

    ended_at: datetime
    zone: str


@dataclass(eq=False)
class BeingRenewed(Refusal):
    """A new cycle is due at this moment; what is asked can be done as soon as it has begun."""


@dataclass(eq=False)
class NotCancelled(Refusal):
    """There is no cancellation to undo."""


@dataclass(eq=False)
class ChangedMeanwhile(Refusal):
    """Somebody changed it after the actor had looked at it: who, and by which act of the log, where that is known."""

    by: str = ""
    act: str = ""


@dataclass(eq=False)
class NotSold(Refusal):
    """The catalogue has no such price on sale."""

    what: str


@dataclass(eq=False)
class AlreadyBought(Refusal):
    """The property already has a running subscription of this add-on."""

    add_on: str


@dataclass(eq=False)
class CreditOutOfBounds(Refusal):
    """A credit note gives back more than nothing, and at most what is `left` of its invoice."""

    left: Money


@dataclass(eq=False)
class PaymentInProgress(Refusal):
    """A payment for it is not decided yet: nobody may be charged twice. `action_url` may lead on."""

    action_url: str | None = None


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
class PreviewChanged(Refusal):
    """What would be done is no longer what was shown. `quote` shows it as it is now."""

    quote: Quote


@dataclass(eq=False)
class SamePlan(Refusal):
    """It has that plan, interval and quantity already."""


@dataclass(eq=False)
class NothingPending(Refusal):
    """There is no pending change to take back."""


@dataclass(eq=False)
class BadQuantity(Refusal):
    """A quantity is a whole number from 1 to `most`."""

    most: int


@dataclass(eq=False)
class StillRunning(Refusal):
    """The subscription has not ended, so there is nothing to begin anew."""


@dataclass(eq=False)
class CannotPause(Refusal):
    """A subscription cannot be paused: its cycle is paid, and it can be cancelled at the end of it."""

    interval: str


@dataclass(eq=False)
class NotTransferable(Refusal):
    """The add-on cannot be transferred."""

    add_on: str


@dataclass(eq=False)
class NotOwnerOfBoth(Refusal):
    """A transfer needs an owner of both properties."""


@dataclass(eq=False)
class NotSoldThere(Refusal):
    """The plan is not sold to that property: it has another currency, or its VAT is not known."""

    plan: str


@dataclass(eq=False)
class LegacyPrice(Refusal):
    """The subscription keeps an old price, which cannot be taken to another property."""


@dataclass(eq=False)
class SameProperty(Refusal):
    """It belongs to that property already."""


@dataclass(eq=False)
class IsBillingAdmin(Refusal):
    """The member pays for subscriptions: somebody else must set their payment method first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class MethodInUse(Refusal):
    """The card pays for subscriptions, or something is being charged to it: choose another one for them first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class PropertyInUse(Refusal):
    """A property with a subscription that lives or is to be paid cannot be deleted: cancel or transfer it first."""

    subscriptions: tuple[str, ...]


@dataclass(eq=False)
class CreditLeft(Refusal):
    """A property that has credit cannot be deleted: it is refunded, or given up by its owner."""

    credit: Money


@dataclass(eq=False)
class GatewayDown(Refusal):
    """The gateway gives no answer; nothing was begun, nothing is charged."""


@dataclass(eq=False)
class NothingToRefund(Refusal):
    """At most `most` can be given back: what was paid by card and stands to the property's credit."""

    most: Money


@dataclass(eq=False)
class RefundKeyReused(Refusal):
    """The key is that of another refund: of `amount` for the invoice `number`. Nothing was given back again."""

    key: str
    number: str
    amount: Money


@dataclass(eq=False)
class NoSuchSpan(Refusal):
    """What was typed is no month, quarter or year."""

    typed: str


@dataclass(eq=False)
class NothingInSpan(Refusal):
    """No paper of the property is of that month, quarter or year; None: of any."""

    property_name: str
    span: Span | None = None


@dataclass(eq=False)
class DownloadTooLarge(Refusal):
    """The papers of that span are more than Slack takes in one file."""

    span: Span
