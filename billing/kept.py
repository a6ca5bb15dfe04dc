"""What a property has bought, kept as it was read until anything is committed to the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.values.money import Money
from billing.values.snapshots import InvoiceSnapshot, PaymentSnapshot, SubscriptionSnapshot

Revision = tuple[object, ...]
# A page has some ten kilobytes.
MOST_KEPT = 300


@dataclass(frozen=True, slots=True)
class Bought:
    """The page "Purchases and invoices" but for who reads it: the same for all who may."""

    running: tuple[SubscriptionSnapshot, ...]
    ended: tuple[SubscriptionSnapshot, ...]
    invoices: dict[str, tuple[InvoiceSnapshot, ...]]
    unpaid: dict[str, PaymentSnapshot]
    credit: Money

    def until(self, at: datetime) -> datetime | None:
        """When it reads otherwise though nobody wrote anything: as the next cycle is over, seen from `at`."""
        ends = (one.period_end_at for one in (*self.running, *self.ended))
        return min((end for end in ends if end > at), default=None)


@dataclass(frozen=True, slots=True)
class State:
    """What a page is read from: the books in that revision, and what is said of them by `terms` on a day."""

    revision: Revision
    terms: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    bought: Bought
    state: State
    since: datetime
    until: datetime | None

    def holds(self, state: State, at: datetime) -> bool:
        is_in_time = self.since <= at and (self.until is None or at < self.until)
        return is_in_time and self.state == state


class KeptPages:
    """By property. Nobody is told that one is out of date: whoever asks names the state that they found."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[tuple[object, ...], _Kept] = {}

    def find(self, place: tuple[str, str], state: State, at: datetime) -> Bought | None:
        """What was read from the same state, if it was, and still reads so at that moment."""
        kept = self._kept.get((*place, state.revision[0]))
        return kept.bought if kept is not None and kept.holds(state, at) else None

    def keep(self, place: tuple[str, str], state: State, at: datetime, bought: Bought) -> None:
        """Keeps what was read from that state at that moment; of too many the one that came first goes."""
        self._kept.pop(key := (*place, state.revision[0]), None)
        self._kept[key] = _Kept(bought, state, at, bought.until(at))
        if len(self._kept) > self._most:
            self._kept.pop(next(iter(self._kept), key), None)
