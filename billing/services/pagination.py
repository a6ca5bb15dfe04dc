"""Lists: what they are of, and which page of them is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing.queries import pages
from billing.values.actors import Actor
from billing.values.snapshots import PropertySnapshot
from billing.work import Work

PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Which page, counted from 1, of how many; and how many rows they have together.

    A page beyond the last one is the last one. Of nothing there is one empty page.
    """

    number: int
    pages: int
    count: int
    size: int = PAGE_SIZE

    @classmethod
    def of(cls, count: int, wanted: int, size: int = PAGE_SIZE) -> Page:
        pages = max(1, -(-count // size))
        return cls(min(max(wanted, 1), pages), pages, count, size)

    @property
    def span(self) -> tuple[int, int]:
        """The first of its rows, and the first after them, counted from 0."""
        return (self.number - 1) * self.size, self.number * self.size

    @property
    def shown(self) -> dict[str, int]:
        """How `pages.page` is told which rows these are."""
        return {"size": self.size, "first": self.span[0]}

    @property
    def place(self) -> tuple[int, int, int]:
        """As a list says it: number, pages, rows."""
        return self.number, self.pages, self.count


def page_of(
    session: Session, rows: Select[*tuple[Any, ...]], of: dict[str, str], wanted: int, size: int = PAGE_SIZE
) -> Page:
    """The wanted page of these rows, which are counted; `of` says whose they are."""
    return Page.of(session.scalar(pages.counted(rows), of) or 0, wanted, size)


@dataclass(frozen=True, slots=True)
class Scope:
    """A property, or one of its subscriptions, whose name is the `title` then; `key` is how statements name it."""

    property: PropertySnapshot
    title: str | None
    key: dict[str, str]


def scope_of(work: Work, actor: Actor, subscription_id: str | None) -> Scope:
    """What belongs to that subscription, or to the property that the actor has chosen.

    Raises NoProperty, NotFound, NotAllowed.
    """
    if subscription_id is None:
        prop, role = work.property_as_reader(actor)
        return Scope(prop.snapshot(role), None, prop.key)
    subscription = work.subscription_as_reader(actor, subscription_id)
    prop, role = work.property_as_reader(actor, subscription.property_id)
    plan = subscription.price.plan
    return Scope(prop.snapshot(role), f"{plan.add_on.name} {plan.name}", subscription.key)
