"""What a property has bought, kept as it was read until the books say anything else of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine

from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.money import Money
from billing.values.snapshots import (
    BudgetSnapshot,
    InvoiceSnapshot,
    PaymentSnapshot,
    PropertySnapshot,
    SubscriptionSnapshot,
)

Key = TypeVar("Key")
Value = TypeVar("Value")
Revision = tuple[object, ...]
# What was asked of the books for a page, and what came of it: whoever reads knows how to ask once more.
Answers = Sequence[Any]
# A page has some ten kilobytes.
MOST_KEPT = 300


@dataclass(frozen=True, slots=True)
class Glance:
    """What a reader may read, as the driver has it, and in which revision of the books, which each row ends with."""

    revision: Revision
    rows: tuple[Any, ...]
    # Makes of the rows what they stand for.
    reading: Callable[[Sequence[Any]], list[Any]]

    @property
    def said(self) -> list[Any]:
        """The rows without the revision: what the reader may read."""
        return [row[:-1] for row in self.rows]

    def read(self) -> list[Any]:
        """The rows, named and of the columns' types."""
        return self.reading(self.rows)


class Glances(Protocol):
    """Asks the database past all that makes objects of its rows."""

    def __call__(self, engine: Engine, actor: Actor) -> Glance | None:
        """What somebody may read; None where that is nothing, or it cannot be asked so: a work is told why."""

    def still(self, engine: Engine, answers: Answers) -> bool:
        """Whether all that was asked is answered the same now. Not where it cannot be asked so."""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """The property that a reader looks at, what it pays in, and all those whose billing they may read, by name.

    `address` and `company` are its billing profile, `revision` that of the books in which they may. `has_budget` also
    where it had one once.
    """

    property: PropertySnapshot
    currency: str
    address: BillingAddress | None
    company: Company | None
    choices: tuple[PropertySnapshot, ...]
    revision: Revision = ()
    has_budget: bool = False


@dataclass(frozen=True, slots=True)
class Bought:
    """The page "Purchases and invoices" but for who reads it: the same for all who may."""

    running: tuple[SubscriptionSnapshot, ...]
    ended: tuple[SubscriptionSnapshot, ...]
    invoices: dict[str, tuple[InvoiceSnapshot, ...]]
    unpaid: dict[str, PaymentSnapshot]
    credit: Money
    budget: BudgetSnapshot | None = None

    def until(self, at: datetime) -> datetime | None:
        """When it reads otherwise though nobody wrote anything, seen from `at`.

        As the next cycle is over, or the month or year of the budget.
        """
        ends = [one.period_end_at for one in (*self.running, *self.ended)]
        ends += [self.budget.ends_at] if self.budget else []
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
    answers: Answers

    def holds(self, state: State, at: datetime) -> bool:
        is_in_time = self.since <= at and (self.until is None or at < self.until)
        return is_in_time and self.state == state


class KeptPages:
    """Pages by property, and what each reader looks at.

    Nobody is told that one is out of date: whoever asks names the state that they found.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: dict[tuple[object, ...], _Kept] = {}
        self._newest: dict[tuple[object, ...], _Kept] = {}
        self._seen: dict[Actor, tuple[list[Any], LookedAt]] = {}

    def find(self, place: tuple[str, str], state: State, at: datetime) -> Bought | None:
        """What was read from the same state, if it was, and still reads so at that moment."""
        kept = self._kept.get((*place, state.revision[0]))
        return kept.bought if kept is not None and kept.holds(state, at) else None

    def find_alike(
        self, place: tuple[str, str], state: State, at: datetime, still: Callable[[Answers], bool]
    ) -> Bought | None:
        """What was read from another state, where the books `still` answer the same to all that was asked for it."""
        kept = self._newest.get(place)
        if kept is None or not kept.holds(replace(state, revision=kept.state.revision), at):
            return None
        if not still(kept.answers):
            return None
        self.keep(place, state, at, kept.bought, kept.answers)
        return kept.bought

    def keep(
        self, place: tuple[str, str], state: State, at: datetime, bought: Bought, answers: Answers
    ) -> None:
        """Keeps what was read from that state at that moment, and what was asked for it."""
        kept = _Kept(bought, state, at, bought.until(at), answers)
        self._put(self._kept, (*place, state.revision[0]), kept)
        self._put(self._newest, place, kept)

    def seen(self, actor: Actor, glance: Glance | None) -> LookedAt | None:
        """What they look at, if they saw just the same at a glance before."""
        said, found = self._seen.get(actor, (None, None))
        if glance is None or found is None or said != glance.said:
            return None
        return found if found.revision == glance.revision else replace(found, revision=glance.revision)

    def see(self, actor: Actor, glance: Glance | None, found: LookedAt) -> None:
        """Keeps what they looked at by that glance."""
        if glance is not None:
            self._put(self._seen, actor, (glance.said, found))

    def _put(self, among: dict[Key, Value], key: Key, kept: Value) -> None:
        """Of too many the one that came first goes."""
        among.pop(key, None)
        among[key] = kept
        if len(among) > self._most:
            among.pop(next(iter(among), key), None)
