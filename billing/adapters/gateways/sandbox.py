"""A gateway that pretends: what a card does stands in its token, or is told beforehand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from threading import Lock

from billing.ports import (
    Answer,
    ChargeOrder,
    ChargeRefused,
    GatewayEvent,
    GatewayMisconfigured,
    GatewayPayment,
    GatewayUnavailable,
    Outcome,
    RefundAnswer,
    RefundOrder,
    RefundOutcome,
    SavedCard,
    SetupOrder,
    SetupOutcome,
    SetupPage,
    WebhookRefused,
)
from billing.values.charges import ChargeLimits
from billing.values.disputes import Dispute
from billing.values.snapshots import CardSnapshot


class Behaviour(StrEnum):
    """What happens to a charge. Silent: no answer comes, before or after the money has moved.

    Misconfigured: the gateway does not take our key.
    """

    SUCCEEDS = "succeeds"
    DECLINES = "declines"
    DECLINES_FOR_GOOD = "declines_for_good"
    ASKS_FOR_ACTION = "asks_for_action"
    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    MISCONFIGURED = "misconfigured"


class KeyReused(Exception):
    """The same key came with another amount or card: a fault of the caller."""


@dataclass
class SandboxGateway:
    """Remembers every charge by its key, and answers the same key the same. Its memory is its own process's."""

    name: str = "sandbox"
    url: str = "https://gateway.example/action"
    charges: dict[str, tuple[ChargeOrder, Outcome]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    setups: dict[str, SetupOutcome] = field(default_factory=dict)
    refunds: dict[str, RefundOrder] = field(default_factory=dict)
    # What the bank sent back after it had succeeded, by our ids of refunds there.
    sent_back: set[str] = field(default_factory=set)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    least: int = 1
    most: int = ChargeLimits().most
    step: int = 1
    _next: dict[str, deque[Behaviour]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def expect(self, token: str, *behaviours: Behaviour) -> None:
        """The next charges of that card do this; after them it does what its token says."""
        self._next[token] = deque(behaviours)

    def is_away(self) -> bool:
        return False

    def limits(self, currency: str) -> ChargeLimits:
        return ChargeLimits(self.least, self.most, self.step)

    def open(self, order: ChargeOrder) -> str:
        if not self.limits(order.amount.currency).chargeable(order.amount.minor) == order.amount.minor:
            raise ChargeRefused("amount_too_small")
        return _payment_id(order)

    @contextmanager
    def slow(self) -> Iterator[None]:
        """Nobody gets an answer until the block is left."""
        with self._lock:
            yield

    def charge(self, order: ChargeOrder) -> Outcome:
        order = replace(order, payer_is_there=False)  # makes no difference here
        with self._lock:
            self.calls.append(order.key)
            if order.key in self.charges:
                known, outcome = self.charges[order.key]
                if known != order:
                    raise KeyReused(order.key)
                return outcome
            behaviour = self._behaviour(order.token)
            if behaviour is Behaviour.SILENT_BEFORE:
                raise GatewayUnavailable
            if behaviour is Behaviour.MISCONFIGURED:
                raise GatewayMisconfigured("api_key_expired")
            outcome = self._outcome(behaviour, order)
            self.charges[order.key] = (order, outcome)
            if behaviour is Behaviour.SILENT_AFTER:
                raise GatewayUnavailable
            return outcome

    def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
        with self._lock:
            found = self.charges.get(order.key)
            return found[1] if found else None

    def withdraw(self, order: ChargeOrder) -> Outcome:
        with self._lock:
            known, outcome = self.charges.get(order.key, (order, None))
            if outcome is None or outcome.answer is Answer.ACTION_REQUIRED:
                outcome = Outcome(
                    Answer.DECLINED, outcome.gateway_id if outcome else "", "expired", is_void=True
                )
                self.charges[order.key] = (known, outcome)
            return outcome

    def customer(self, key: str, name: str) -> str:
        return f"cus_{key}"

    def start_setup(self, order: SetupOrder) -> SetupPage:
        with self._lock:
            self.setups.setdefault(f"cs_{order.key}", SetupOutcome())
        return SetupPage(f"cs_{order.key}", f"{self.url}/card/{order.key}")

    def setup(self, page_id: str) -> SetupOutcome:
        return self.setups[page_id]

    def enter_card(self, page_id: str, token: str, card: CardSnapshot) -> None:
        """The payer filled in the hosted page."""
        self.setups[page_id] = SetupOutcome(token, card)

    def saved_card(self, token: str) -> SavedCard | None:
        if token.removeprefix("tok_") == Behaviour.SILENT_BEFORE:
            raise GatewayUnavailable
        if not token.startswith("tok_") or token in self.forgotten:
            return None
        return SavedCard(CardSnapshot("Visa", "4242", 12, 2030))

    def detach(self, token: str) -> None:
        self.forgotten.append(token)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        with self._lock:
            refund_id = _refund_id(order)
            left = self._collected(order.payment_id) - self._given(order.payment_id)
            if order.key not in self.refunds and order.amount.minor > left:
                return RefundOutcome(RefundAnswer.FAILED, refund_id, "charge_already_refunded")
            self.refunds[order.key] = order
            return self.refunded(refund_id)

    def refunded(self, refund_id: str) -> RefundOutcome:
        if refund_id in self.sent_back:
            return RefundOutcome(RefundAnswer.FAILED, refund_id, "lost_or_stolen_card")
        return RefundOutcome(RefundAnswer.SUCCEEDED, refund_id)

    def dispute(self, payment_id: str) -> Dispute | None:
        return self.disputes.get(payment_id)

    def knows(self, payment_id: str) -> bool:
        return payment_id.startswith("pi_")  # what another process pretended is as good

    def collected(self, payment_id: str) -> GatewayPayment | None:
        began = datetime.min.replace(tzinfo=UTC)
        return next((one for one in self.collected_since(began) if one.id == payment_id), None)

    def collected_since(self, moment: datetime) -> Iterator[GatewayPayment]:
        for order in self.charged():
            name = _payment_id(order)
            given, dispute = self._given(name), self.disputes.get(name)
            # It keeps no moments: whoever asks is given all.
            yield GatewayPayment(name, order.payment_key, order.amount, given, moment, dispute)

    def read_webhook(self, body: bytes, signature: str) -> GatewayEvent:
        raise WebhookRefused("this gateway sends none")

    def authenticate(self, key: str) -> None:
        """The payer did what the bank asked for."""
        with self._lock:
            order, outcome = self.charges[key]
            if outcome.answer is not Answer.ACTION_REQUIRED:
                raise KeyError(f"{key} waits for no payer")
            self.charges[key] = (order, Outcome(Answer.SUCCEEDED, outcome.gateway_id))

    def turn_down(self, key: str) -> None:
        """The payer refused what the bank asked for."""
        with self._lock:
            order, outcome = self.charges[key]
            refused = Outcome(Answer.DECLINED, outcome.gateway_id, "payment_intent_authentication_failure")
            self.charges[key] = (order, refused)

    def charged(self, description: str = "") -> list[ChargeOrder]:
        """What was really collected."""
        return [
            order
            for order, outcome in self.charges.values()
            if outcome.answer is Answer.SUCCEEDED and description in order.description
        ]

    def _collected(self, payment_id: str) -> int:
        return sum(order.amount.minor for order in self.charged() if order.payment_id == payment_id)

    def _given(self, payment_id: str) -> int:
        """What went back of it and was not sent back."""
        return sum(
            order.amount.minor
            for order in self.refunds.values()
            if order.payment_id == payment_id and _refund_id(order) not in self.sent_back
        )

    def _behaviour(self, token: str) -> Behaviour:
        if waiting := self._next.get(token):
            return waiting.popleft()
        named = token.removeprefix("tok_")
        return Behaviour(named) if named in set(Behaviour) else Behaviour.SUCCEEDS

    def _outcome(self, behaviour: Behaviour, order: ChargeOrder) -> Outcome:
        gateway_id = f"ch_{order.key}"
        answers: dict[Behaviour, Callable[[], Outcome]] = {
            Behaviour.DECLINES: lambda: Outcome(Answer.DECLINED, gateway_id, "insufficient_funds"),
            Behaviour.DECLINES_FOR_GOOD: lambda: Outcome(Answer.DECLINED_FOR_GOOD, gateway_id, "stolen_card"),
            Behaviour.ASKS_FOR_ACTION: lambda: Outcome(
                Answer.ACTION_REQUIRED, gateway_id, "authentication_required", f"{self.url}/{order.key}"
            ),
        }
        return answers.get(behaviour, lambda: Outcome(Answer.SUCCEEDED, gateway_id))()


def _refund_id(order: RefundOrder) -> str:
    return f"re_{order.key}"


def _payment_id(order: ChargeOrder) -> str:
    return f"pi_{order.payment_key}"
