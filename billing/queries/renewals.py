"""Renewals: which subscriptions are due, batch by batch, and the facts of plain renewals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, select, tuple_
from sqlalchemy.orm import joinedload

from billing.models import (
    PaymentMethod,
    Person,
    Plan,
    PlannedChange,
    Posting,
    Price,
    Property,
    Subscription,
)
from billing.models.changes import ChangeState
from billing.models.ledger import Account
from billing.models.states import LIVING_SQL
from billing.models.subscriptions import Status
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval

S = Subscription
KEY = (S.due_at, S.workspace_id, S.id)
Key = tuple[Any, ...]
UNDISTURBED = and_(
    LIVING_SQL,
    S.due_failures == 0,
    ~S.changes.any(PlannedChange.state == ChangeState.PENDING),
)
TO_RENEW = and_(UNDISTURBED, S.cancelled_at.is_(None))
TO_END = and_(UNDISTURBED, S.cancelled_at.is_not(None))
# What is past due may be about to end. One property's credit, or what it owes of former invoices, goes to one invoice
# after another, and another interval begins a new anchor.
PLAIN = and_(
    S.status == Status.ACTIVE,
    S.cancelled_by.is_(None),
    S.cancel_reason.is_(None),
    S.ended_at.is_(None),
    Price.interval == S.anchor_interval,
    ~exists().where(
        Posting.workspace_id == S.workspace_id,
        Posting.property_id == S.property_id,
        Posting.account.in_([Account.CREDIT, Account.CARRIED]),
        Posting.currency == Price.currency,
    ),
)


class Due(NamedTuple):
    """What a plain renewal needs to know of a subscription that is due; its card's columns where it has one."""

    workspace_id: str
    id: str
    property_id: str
    price_id: str
    quantity: int
    address: BillingAddress | None
    company: Company | None
    billing_admin_id: str
    payment_method_id: str | None
    anchor_local: datetime
    anchor_zone: str
    anchor_interval: Interval
    anchor_count: int
    days_zone: str
    period_index: int
    version: int
    property_name: str
    country: str
    time_zone: str
    has_budget: bool
    admin_name: str
    admin_email: str | None
    brand: str
    last_four: str


# Where that stands which is no column of the subscription.
ELSEWHERE = MappingProxyType(
    {
        "property_name": Property.name,
        "country": Property.country,
        "time_zone": Property.time_zone,
        "has_budget": Property.has_budget,
        "admin_name": Person.name,
        "admin_email": Person.email,
        "brand": PaymentMethod.brand,
        "last_four": PaymentMethod.last_four,
    }
)
FACTS = tuple(ELSEWHERE[name] if name in ELSEWHERE else S.__table__.c[name] for name in Due._fields)


@dataclass(frozen=True, slots=True)
class Batch:
    """The next rows that are due and undone: `size` of them at most, in the order of `KEY`."""

    which: ColumnElement[bool]
    size: int

    def of(self, *columns: Any) -> Select[Any]:
        """These columns of its rows."""
        return select(*columns).where(self.which).order_by(*KEY).limit(self.size)

    def up_to(self, last: Key) -> ColumnElement[bool]:
        """Its rows that stand no later than that `KEY`."""
        return and_(self.which, tuple_(*KEY) <= last)


def batch_after(last: Key | None, which: ColumnElement[bool], now: datetime, size: int) -> Batch:
    """Of `which` the next rows that are due, behind those up to `last`."""
    rest = which if last is None else and_(which, tuple_(*KEY) > last)
    return Batch(and_(rest, S.due_at <= now), size)


def last_of_batch(batch: Batch) -> Select[Any]:
    """The `KEY` of its last row."""
    due = batch.of(*KEY).subquery()
    return select(due).order_by(*(key.desc() for key in due.c)).limit(1)


def facts_of_due(due: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The facts of plain renewals among these rows, in the order of `Due`."""
    return (
        select(*FACTS)
        .join(S.prop)
        .join(S.price)
        .join(S.billing_admin)
        .outerjoin(S.payment_method)
        .where(due, PLAIN)
        .order_by(*KEY)
    )


def prices_of_due(due: ColumnElement[bool]) -> Select[Price]:
    """What these rows pay, each with its plan and add-on."""
    paid = select(S.price_id).where(due).distinct()
    return select(Price).where(Price.id.in_(paid)).options(joinedload(Price.plan).joinedload(Plan.add_on))
