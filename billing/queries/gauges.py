"""What is measured of the whole desk, in all workspaces: what waits, and since when."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from billing.models import GatewayEventRow, OutboxMessage, Payment, PaymentAttempt, Subscription
from billing.models.outbox import IN_ORDER
from billing.models.payments import UNDECIDED, PaymentState
from billing.models.states import LIVING_SQL

M = OutboxMessage


@cache
def oldest_due_cycle() -> Select[datetime | None]:
    """Since when the oldest end of a cycle is due at `now`."""
    return select(func.min(Subscription.due_at)).where(LIVING_SQL, Subscription.due_at <= bindparam("now"))


@cache
def oldest_due_payment() -> Select[datetime | None]:
    """Since when the oldest payment is to be tried at `now`."""
    return select(func.min(Payment.next_try_at)).where(
        Payment.state == PaymentState.OPEN, Payment.next_try_at <= bindparam("now")
    )


@cache
def waiting_messages() -> Select[*tuple[Any, ...]]:
    """For each audience how many messages wait, and since when."""
    return select(M.audience, func.count(), func.min(M.written_at)).where(IN_ORDER).group_by(M.audience)


@cache
def dead_letters() -> Select[int]:
    """How many messages were given up."""
    return select(func.count()).select_from(M).where(M.dead_at.is_not(None), M.told_at.is_(None))


@cache
def quarantined_messages() -> Select[int]:
    """How many messages cannot be read by this version."""
    return select(func.count()).select_from(M).where(M.quarantined_at.is_not(None), M.dead_at.is_(None))


@cache
def quarantined_subscriptions() -> Select[int]:
    """How many renewals and ends failed so often that they were set apart."""
    return (
        select(func.count())
        .select_from(Subscription)
        .where(LIVING_SQL, Subscription.quarantined_at.is_not(None))
    )


@cache
def undecided_attempts() -> Select[*tuple[Any, ...]]:
    """For each state that decides nothing how many tries to collect are in it, and since when."""
    return (
        select(PaymentAttempt.state, func.count(), func.min(PaymentAttempt.sent_at))
        .where(PaymentAttempt.state.in_(UNDECIDED))
        .group_by(PaymentAttempt.state)
    )


@cache
def waiting_events() -> Select[*tuple[Any, ...]]:
    """How many webhooks of `gateway` nobody has asked after, and since when."""
    return select(func.count(), func.min(GatewayEventRow.received_at)).where(
        GatewayEventRow.processed_at.is_(None), GatewayEventRow.gateway == bindparam("gateway")
    )
