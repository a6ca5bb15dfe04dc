"""What a subscription cannot do as it stands: cancel, change, restart, transfer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.errors import Refusal
from billing.values.snapshots import Quote


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
class NotOnTrial(Refusal):
    """It is no free trial, or none any more."""


@dataclass(eq=False)
class TrialTooLong(Refusal):
    """A trial is put off by one day at least, and by `most` days more at most."""

    most: int


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
