"""What must have been done, and what must not wait: each statement finds the rows for which it is otherwise."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from sqlalchemy import ColumnElement, and_, func, or_, select

from billing.models import (
    InvoiceLine,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    PlannedChange,
    Subscription,
)
from billing.models.changes import ChangeState
from billing.models.clock import from_now
from billing.models.payments import UNDECIDED, AttemptState, PaymentKind, PaymentState
from billing.models.subscriptions import LIVING, OVER, Status
from billing.queries.invariants.rows import FAR, LATE, STALE, STALE_AFTER, TOO_LONG, Rows
from billing.queries.outbox import UNTOLD, sayable
from billing.values.documents import LineKind

# Longer than Slack and mail servers are away; a mailbox that takes nothing is given up after five days.
UNDELIVERED = timedelta(days=1)


@cache
def billed_after_end() -> Rows:
    return (
        select(Subscription.workspace_id, Subscription.id, InvoiceLine.invoice_id, Subscription.ended_at)
        .join(
            InvoiceLine,
            (InvoiceLine.workspace_id == Subscription.workspace_id)
            & (InvoiceLine.subscription_id == Subscription.id),
        )
        .where(InvoiceLine.kind != LineKind.CREDIT, InvoiceLine.period_start_at >= Subscription.ended_at)
    )


@cache
def late() -> Rows:
    """Not one that is past due while the gateway is silent about its last try: the answer may be its end."""
    unanswered = PaymentAttempt.state.in_([AttemptState.SENT, AttemptState.UNKNOWN])
    owes = and_(Payment.kind == PaymentKind.RENEWAL, Payment.attempts.any(unanswered))
    return select(Subscription.workspace_id, Subscription.id, Subscription.period_end_at).where(
        Subscription.status.in_(LIVING),
        Subscription.quarantined_at.is_(None),
        Subscription.period_end_at < LATE,
        ~and_(Subscription.status == Status.PAST_DUE, Subscription.payments.any(owes)),
    )


@cache
def quarantined() -> Rows:
    shown = (Subscription.period_end_at, Subscription.due_failures, Subscription.due_at)
    return select(Subscription.workspace_id, Subscription.id, *shown).where(
        Subscription.status.in_(LIVING), Subscription.quarantined_at.is_not(None)
    )


@cache
def stale_claims() -> Rows:
    return select(OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.claimed_until).where(
        UNTOLD, OutboxMessage.claimed_until < from_now(-STALE_AFTER)
    )


@cache
def undelivered() -> Rows:
    why = OutboxMessage.last_error.label("why")
    waiting = select(OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.queued_at, why)
    return waiting.where(_late(), OutboxMessage.last_error.is_not(None))


@cache
def untried() -> Rows:
    waiting = select(OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.queued_at)
    return waiting.where(_late(), OutboxMessage.last_error.is_(None))


def _late() -> ColumnElement[bool]:
    is_sayable = sayable(OutboxMessage.audience, OutboxMessage.workspace_id)
    return and_(UNTOLD, is_sayable, OutboxMessage.queued_at < from_now(-UNDELIVERED))


@cache
def given_up() -> Rows:
    """Dead letters that can be read; the others are found as what cannot."""
    why = func.coalesce(OutboxMessage.last_error, "-").label("why")
    return select(OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.tries, why).where(
        OutboxMessage.told_at.is_(None),
        OutboxMessage.dead_at.is_not(None),
        OutboxMessage.quarantined_at.is_(None),
    )


@cache
def never_delivered() -> Rows:
    """Back-off ends after an hour, and nobody holds a message for longer than minutes."""
    far = or_(
        OutboxMessage.due_at.is_(None),
        OutboxMessage.due_at > from_now(TOO_LONG),
        OutboxMessage.claimed_until > from_now(TOO_LONG),
    )
    return select(
        OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.due_at, OutboxMessage.claimed_until
    ).where(UNTOLD, far)


@cache
def unreadable() -> Rows:
    """The dead letters, and what is on its way to them."""
    return select(
        OutboxMessage.workspace_id, OutboxMessage.number, OutboxMessage.kind, OutboxMessage.last_error
    ).where(OutboxMessage.told_at.is_(None), OutboxMessage.quarantined_at.is_not(None))


@cache
def not_asked() -> Rows:
    wrong = or_(
        PaymentAttempt.poll_at.is_(None),
        PaymentAttempt.poll_at < STALE,
        PaymentAttempt.poll_at > FAR,
        and_(PaymentAttempt.state == AttemptState.SENT, PaymentAttempt.sent_at < STALE),
    )
    return select(
        PaymentAttempt.workspace_id,
        PaymentAttempt.payment_id,
        PaymentAttempt.state,
        PaymentAttempt.sent_at,
        PaymentAttempt.poll_at,
    ).where(PaymentAttempt.state.in_(UNDECIDED), wrong)


@cache
def tried_at_once() -> Rows:
    payment = (PaymentAttempt.workspace_id, PaymentAttempt.payment_id)
    tries = select(*payment, func.count().label("times")).where(PaymentAttempt.state.in_(UNDECIDED))
    return tries.group_by(*payment).having(func.count() > 1)


@cache
def several_pending() -> Rows:
    of = (PlannedChange.workspace_id, PlannedChange.subscription_id)
    pending = select(*of, func.count().label("times")).where(PlannedChange.state == ChangeState.PENDING)
    return pending.group_by(*of).having(func.count() > 1)


@cache
def never_to_come() -> Rows:
    """A pending change waits for the end of a cycle that goes on, or for a payment that is still open."""
    waits_for_payment = and_(Payment.id.is_not(None), Payment.state == PaymentState.OPEN)
    waits_for_cycle = and_(PlannedChange.payment_id.is_(None), Subscription.status.not_in(OVER))
    return (
        select(PlannedChange.workspace_id, PlannedChange.subscription_id, Subscription.status)
        .select_from(Subscription)
        .join(Subscription.changes)
        .outerjoin(
            Payment,
            (Payment.workspace_id == PlannedChange.workspace_id) & (Payment.id == PlannedChange.payment_id),
        )
        .where(
            PlannedChange.state == ChangeState.PENDING,
            func.coalesce(waits_for_payment, False).is_(False),
            ~waits_for_cycle,
        )
    )
