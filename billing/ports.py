"""What billing needs of the world and can have from more than one hand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from billing.domain.money import Money


class Answer(StrEnum):
    """What a gateway says of a charge."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    DECLINED_FOR_GOOD = "declined_for_good"
    ACTION_REQUIRED = "action_required"


@dataclass(frozen=True, slots=True)
class ChargeOrder:
    """One try to collect an amount from a saved card. The same key is the same try, however often it is sent."""

    key: str
    token: str
    amount: Money
    description: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The gateway's answer, its own id of the charge, its reason for a no, and where the payer goes on."""

    answer: Answer
    gateway_id: str
    reason: str | None = None
    action_url: str | None = None


class GatewaySilent(Exception):
    """No answer came: a timeout, a broken connection, a 5xx. Whether money moved is not known."""


class Gateway(Protocol):
    """Who collects money. Called with no transaction open."""

    def charge(self, order: ChargeOrder) -> Outcome:
        """Collects the amount now, at most once for each key. Raises GatewaySilent."""

    def find(self, key: str) -> Outcome | None:
        """What became of the charge with that key; None if it never arrived. Raises GatewaySilent."""

    def withdraw(self, key: str) -> Outcome:
        """Takes back a charge that waits for its payer, and says how it ended: they may have been just in time.

        Raises GatewaySilent.
        """
