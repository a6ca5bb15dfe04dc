"""Facts in the past tense: what the team must be told. Written to the outbox with the act itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a subscription of a property."""

    property_id: str
    property_name: str
    time_zone: str
    subscription_id: str
    add_on: str
    plan: str

    @property
    def kind(self) -> str:
        return type(self).__name__

    def as_json(self) -> dict[str, Any]:
        """The event as plain data, its moments as ISO 8601."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=datetime.isoformat))
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The event that `as_json` wrote."""
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name.endswith("_at") else value
            for name, value in plain.items()
        }
        return cls(**values)


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled(Event):
    """It stays active to `ends_at` and is never charged again."""

    by: str
    reason: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class CancellationUndone(Event):
    """It goes on as before: same dates, no charge now."""

    by: str
    next_charge_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionEnded(Event):
    """The end of its last paid cycle has come."""

    ended_at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceIssued(Event):
    """A new cycle was invoiced. Amounts are in minor units."""

    invoice_id: str
    number: str
    total_minor: int
    currency: str


EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (SubscriptionCancelled, CancellationUndone, SubscriptionEnded, InvoiceIssued)
}
