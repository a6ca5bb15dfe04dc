"""Situations: what stands beside subscriptions and decides what may be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, bindparam, select
from sqlalchemy.orm import Session, aliased, joinedload

from billing.models import Payment, PaymentAttempt, Plan, PlannedChange, Price, Subscription
from billing.models.changes import ChangeState
from billing.models.open_payments import OpenPayment
from billing.models.payments import PaymentKind, PaymentState
from billing.models.rules import Situation
from billing.queries.ledger import credit_of_subscription
from billing.queries.payment_attempts import is_last_said

WITH_CHANGE = joinedload(PlannedChange.price).joinedload(Price.plan).joinedload(Plan.add_on)


@cache
def situations() -> Select[*tuple[Any, ...]]:
    """What stands beside `subscription_ids`, each by its id."""
    of_them = (
        Subscription.workspace_id == bindparam("workspace_id"),
        Subscription.id.in_(bindparam("subscription_ids", expanding=True)),
    )
    return beside(select(Subscription.id.label("subscription_id"))).where(*of_them)


def beside(subscriptions: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Those subscriptions, each with its pending change, the last word on what is open, its property's credit."""
    return (
        subscriptions.add_columns(
            PlannedChange,
            Payment.kind.label("open_kind"),
            PaymentAttempt.state.label("attempt"),
            PaymentAttempt.action_url,
            PaymentAttempt.token,
            PaymentAttempt.reason,
            PaymentAttempt.sent_at,
            Payment.next_try_at,
            Payment.tries,
            Payment.ends_at,
            Payment.refused_token,
            credit_of_subscription().label("credit"),
        )
        .outerjoin(Subscription.changes.and_(PlannedChange.state == ChangeState.PENDING))
        .outerjoin(Subscription.payments.and_(Payment.id == _first_open()))
        .outerjoin(Payment.attempts.and_(is_last_said()))
        .options(WITH_CHANGE)
    )


def situation_in(row: Row[*tuple[Any, ...]], at: datetime) -> Situation:
    """What such a row says, at that moment."""
    payment = None
    if row.open_kind:
        newest = row.attempt, row.action_url, row.token, row.reason, row.sent_at
        schedule = row.next_try_at, row.tries, row.ends_at, row.refused_token
        payment = OpenPayment(row.open_kind, *newest, *schedule)
    change = row.PlannedChange
    if change is not None and change.state is not ChangeState.PENDING:
        change = None  # decided in a rehearsal, which writes nothing
    return Situation(at, change, payment, int(row.credit))


def situations_of(
    session: Session, subscriptions: Sequence[Subscription], at: datetime
) -> dict[str, Situation]:
    """By the ids of the subscriptions; all are of one workspace."""
    if not subscriptions:
        return {}
    of_them = {
        "workspace_id": subscriptions[0].workspace_id,
        "subscription_ids": [one.id for one in subscriptions],
    }
    rows = session.execute(situations(), of_them)
    return {row.subscription_id: situation_in(row, at) for row in rows}


def _first_open() -> ScalarSelect[str]:
    """The open payment that "Pay now" would try: the oldest renewal, or else the one that is no renewal."""
    payment = aliased(Payment)
    return (
        select(payment.id)
        .where(
            payment.workspace_id == Subscription.workspace_id,
            payment.subscription_id == Subscription.id,
            payment.state == PaymentState.OPEN,
        )
        .order_by(payment.kind != PaymentKind.RENEWAL, payment.created_at, payment.id)
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )
