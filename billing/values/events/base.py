"""What all facts share: the property, the topic, and how a fact is written and read back."""

from __future__ import annotations

from dataclasses import MISSING, asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self

from billing.values.cycles import moment_text


class Topic(StrEnum):
    """What an announcement is about: a property's admins choose which of these its channel is told."""

    RECEIPTS = "receipts"
    FAILED_PAYMENTS = "failed_payments"
    ENDINGS = "endings"
    CANCELLATIONS = "cancellations"
    PLAN_CHANGES = "plan_changes"
    TRANSFERS = "transfers"
    MEMBERS = "members"
    USAGE = "usage"
    BUDGETS = "budgets"
    APPROVALS = "approvals"
    YEARLY_RENEWALS = "yearly_renewals"
    TRIALS = "trials"
    EXPIRING_CARDS = "expiring_cards"


@dataclass(frozen=True, slots=True)
class PropertyEvent:
    """Something that happened in a property. Its topic is None where it is told to those whom it concerns."""

    topic: ClassVar[Topic | None] = None
    # Told as a message of its own although an earlier one of its thing is edited: what a team must not overlook.
    also_post: ClassVar[bool] = False
    # Told in the place of the earlier one on whatever day: that one asks for something.
    in_place: ClassVar[bool] = False
    # Told in private to whoever it names, whatever they may read of the property's billing by then.
    for_anybody: ClassVar[bool] = False
    # What of it the rows that it is about say for good: its short form leaves that out.
    said_by_rows: ClassVar[frozenset[str]] = frozenset()

    property_id: str
    property_name: str
    time_zone: str

    @property
    def kind(self) -> str:
        return type(self).__name__

    @property
    def subject_key(self) -> str | None:
        """What it is about: of the same one a later fact is told in the place of an earlier."""
        return None

    def as_json(self, *, short: bool = False) -> dict[str, Any]:
        """The event as plain data, its moments as text; in short without what rows say for good.

        What is as its field's default has it is left out: the version before, which may not know the field, cannot
        read an event only where that says something.
        """
        kind: type = type(self)
        left_out = _defaults_of(kind)
        return {
            name: moment_text(value) if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
            if not (name in left_out and value == left_out[name])
            and not (short and name in self.said_by_rows)
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The event that `as_json` wrote, whole."""
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
            for name, value in plain.items()
        }
        return cls(**values)


@cache
def _defaults_of(kind: type) -> dict[str, Any]:
    return {field.name: field.default for field in fields(kind) if field.default is not MISSING}


@dataclass(frozen=True, slots=True)
class Event(PropertyEvent):
    """Something that happened to a subscription of a property. Amounts are in minor units."""

    topic: ClassVar[Topic | None] = Topic.PLAN_CHANGES

    subscription_id: str
    add_on: str
    plan: str
