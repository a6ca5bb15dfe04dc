"""Lists: what they are of, and which page of them is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import Session

from billing.models import Invoice, Payment
from billing.queries.subscriptions import subscriptions_of
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

    @classmethod
    def of(cls, count: int, wanted: int) -> Page:
        pages = max(1, -(-count // PAGE_SIZE))
        return cls(min(max(wanted, 1), pages), pages, count)

    @property
    def span(self) -> tuple[int, int]:
        """The first of its rows, and the first after them, counted from 0."""
        return (self.number - 1) * PAGE_SIZE, self.number * PAGE_SIZE


def page_of(session: Session, rows: Select[*tuple[Any, ...]], wanted: int) -> Page:
    """The wanted page of these rows, which are counted."""
    counted = rows.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return Page.of(session.scalar(counted) or 0, wanted)


@dataclass(frozen=True, slots=True)
class Scope:
    """A property, or one of its subscriptions, whose name is the `title` then; and which rows are its."""

    property: PropertySnapshot
    title: str | None
    rows: tuple[ColumnElement[bool], ...]


def scope_of(
    work: Work, actor: Actor, listed: type[Invoice] | type[Payment], subscription_id: str | None
) -> Scope:
    """What belongs to that subscription, or to the property that the actor has chosen.

    Raises NoProperty, NotFound, NotAllowed.
    """
    title = None
    mine: ColumnElement[bool]
    if subscription_id is None:
        prop, role = work.property_as_reader(actor)
        mine = listed.subscription_id.in_(subscriptions_of(prop))
    else:
        subscription = work.subscription_as_reader(actor, subscription_id)
        prop, role = work.property_as_reader(actor, subscription.property_id)
        title = f"{subscription.price.plan.add_on.name} {subscription.price.plan.name}"
        mine = listed.subscription_id == subscription_id
    return Scope(prop.snapshot(role), title, (listed.workspace_id == actor.workspace_id, mine))
