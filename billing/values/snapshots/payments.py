"""Cards, payments, their tries, and what is given back."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from billing.values.money import Money
from billing.values.snapshots.properties import PropertySnapshot

EXPIRES_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CardSnapshot:
    """What may be shown of a payment card."""

    brand: str
    last_four: str
    expiry_month: int
    expiry_year: int

    @property
    def last_day(self) -> date:
        """To which it is valid."""
        return date(self.expiry_year, self.expiry_month, monthrange(self.expiry_year, self.expiry_month)[1])

    def expires(self, today: date) -> str | None:
        """ "expired" after the last day of its month, "soon" within thirty days of it, else None."""
        if self.last_day < today:
            return "expired"
        return "soon" if self.last_day - today <= EXPIRES_SOON else None


@dataclass(frozen=True, slots=True)
class MethodSnapshot:
    """A saved card of a property, and the subscriptions that it pays, or is the backup of, as a person calls them.

    `expires` is "expired", "soon" (within thirty days of the last day of its month), or None; `declined` says that
    the bank refused it for good when it was tried last.
    """

    id: str
    card: CardSnapshot
    pays: tuple[str, ...]
    expires: str | None
    declined: bool = False
    backs: tuple[str, ...] = ()

    @property
    def is_dead(self) -> bool:
        """Whether a charge to it would fail, for all that is known."""
        return self.expires == "expired" or self.declined


@dataclass(frozen=True, slots=True)
class Dunning:
    """What becomes by itself of a renewal that is owed: it is tried at `try_at`, or not before a person acts.

    Unpaid by `ends_at` it is given up, and its plan ends. Neither is known while the gateway has not answered.
    """

    try_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """Where a payment stands. `state` is open, paid, failed or uncollectible.

    While it is open, `waiting_for` says what for: "gateway" (nobody knows yet, it is being asked),
    "authentication" (at `action_url`), "schedule". `try_at` and `ends_at` are those of its dunning. `for_good`: only
    another card helps. `next_card` is the backup where that is tried next.
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
    try_at: datetime | None
    ends_at: datetime | None
    next_card: str = ""

    @property
    def charged_at(self) -> datetime | None:
        """When the schedule charges it to a card that was just chosen; None for at once: it waited at the bank."""
        return None if self.waiting_for == "authentication" else self.try_at


@dataclass(frozen=True, slots=True)
class AttemptSnapshot:
    """One try to collect a payment, in the payment history; `dispute` is how one over what it collected stands."""

    at: datetime
    amount: Money
    card: str
    outcome: str
    reason: str | None
    invoice_number: str | None
    add_on: str
    dispute: str | None = None


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
