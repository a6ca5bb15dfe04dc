"""Who collects money, and gives it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing.values.charges import ChargeLimits
from billing.values.disputes import Dispute
from billing.values.money import Money
from billing.values.snapshots import CardSnapshot


class Answer(StrEnum):
    """What a gateway says of a charge. Not tried: the fault is ours, and the operator must mend it."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    DECLINED_FOR_GOOD = "declined_for_good"
    ACTION_REQUIRED = "action_required"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """One try to collect a payment from a saved card. The same key is the same try, however often it is sent.

    `payment_key` is the same for every try of one payment, `payment_id` the gateway's own name for that payment
    once it has one. `payer_is_there`: a person waits for the answer and can be sent to their bank. `number` counts
    the payment's tries.
    """

    key: str
    payment_key: str
    token: str
    amount: Money
    description: str
    customer: str | None = None
    payment_id: str | None = None
    payer_is_there: bool = False
    number: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """The gateway's answer, its own id of the charge, its reason for a no, and where the payer goes on.

    `is_void`: the gateway's payment can never be collected any more; another try needs another one.
    """

    answer: Answer
    gateway_id: str
    reason: str | None = None
    action_url: str | None = None
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class SetupOrder:
    """A hosted page is wanted on which a card is entered; `customer` is whose it will be, `language` the page's."""

    key: str
    customer: str
    language: str


@dataclass(frozen=True, slots=True)
class SetupPage:
    """The hosted page: the gateway's id of it, and its address."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class SetupOutcome:
    """What became of a hosted page: a card was saved under `token`, or the page is over, or neither yet."""

    token: str | None = None
    card: CardSnapshot | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card that the gateway has saved, which can be charged while nobody is there, and for which customer."""

    card: CardSnapshot
    customer: str | None = None

    @property
    def shown(self) -> str:
        """The card as documents name it: "Visa 4242"."""
        return f"{self.card.brand} {self.card.last_four}"


class RefundAnswer(StrEnum):
    """What a gateway says of a refund."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """An amount to give back of the gateway's payment `payment_id`. The same key is the same refund."""

    key: str
    payment_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """The gateway's answer, its own id of the refund, and its reason for a no."""

    answer: RefundAnswer
    gateway_id: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GatewayPayment:
    """A payment in the gateway's books: `payment_key` is what we called it, if ours; `made_at` is by its clock."""

    id: str
    payment_key: str | None
    collected: Money
    refunded_minor: int
    made_at: datetime
    dispute: Dispute | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A webhook whose signature was good: something happened to that object. What, only the object itself says."""

    id: str
    kind: str
    object_id: str


class GatewayUnavailable(Exception):
    """No answer came: a timeout, a broken connection, a 5xx. Whether money moved is not known."""


class GatewayMisconfigured(GatewayUnavailable):
    """A definite no whose fault is ours: key, account, mode, an unknown object. No money moved.

    Nothing can be collected until the operator mends it; who does not tell it from silence asks again later.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChargeRefused(Exception):
    """A definite no before anything was opened: this amount, or this customer, will never be taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CustomerUnknown(Exception):
    """The gateway does not know the customer (any more): it is made anew."""


class WebhookRefused(Exception):
    """Forged, stale, malformed, or of another account: it is not stored."""


class Gateway(Protocol):
    """Who collects money. Called with no transaction open; every call raises GatewayUnavailable."""

    name: str

    def is_away(self) -> bool:
        """Whether it did not answer again and again just now: nobody need wait for it to say so once more."""

    def limits(self, currency: str) -> ChargeLimits:
        """What one charge in that currency can be; asks nobody."""

    def open(self, order: ChargeOrder) -> str:
        """Makes the gateway's payment, of which nothing is collected yet; the same payment key is the same one."""

    def charge(self, order: ChargeOrder) -> Outcome:
        """Collects the opened payment now, at most once whatever happens."""

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        """What became of the try; None if it is not known to have arrived: sending it again is safe then.

        `answered`: the gateway has answered this try before, so it did arrive.
        """

    def withdraw(self, order: ChargeOrder) -> Outcome:
        """Takes the payment back so that nothing can be collected any more, and says how it ended.

        Who had to pay may have been just in time.
        """

    def customer(self, key: str, name: str) -> str:
        """Whose cards are saved: the same key is the same customer."""

    def start_setup(self, order: SetupOrder) -> SetupPage:
        """A hosted page for a new card. Raises CustomerUnknown."""

    def setup(self, page_id: str) -> SetupOutcome:
        """What became of that page."""

    def saved_card(self, token: str) -> SavedCard | None:
        """The card of that token; None where there is none of this account, or none that can be charged again."""

    def detach(self, token: str) -> None:
        """The saved card is removed at the gateway, too; one that is gone already is fine."""

    def refund(self, order: RefundOrder) -> RefundOutcome:
        """Gives the amount back, once for each key."""

    def refunded(self, refund_id: str) -> RefundOutcome:
        """What became of what the gateway calls so: a bank can send back what had succeeded."""

    def dispute(self, payment_id: str) -> Dispute | None:
        """The newest dispute over the gateway's payment; None where there was none."""

    def knows(self, payment_id: str) -> bool:
        """Whether that is one of the gateway's payments; what another account or mode made is not."""

    def collected(self, payment_id: str) -> GatewayPayment | None:
        """One of the gateway's payments; None where it has none, or nothing of it was collected."""

    def collected_since(self, moment: datetime) -> Iterator[GatewayPayment]:
        """All of which something was collected, made at or after that moment."""

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        """The event that was delivered. Raises WebhookRefused."""
