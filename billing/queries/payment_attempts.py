"""Payment attempts: the newest of a payment, those that are on their way, those that succeeded, and lists."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from billing.models import AddOn, Invoice, Payment, PaymentAttempt, PaymentMethod, Subscription
from billing.models.open_payments import Cards
from billing.models.payments import UNDECIDED, WITHDRAWN, AttemptState, PaymentState
from billing.values.declines import NOT_OF_BANK

# The backup of the card that pays, where both are asked for.
Backup = aliased(PaymentMethod)


@cache
def newest_attempt() -> Select[PaymentAttempt]:
    """The newest try to collect `payment_id`."""
    return (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.workspace_id == bindparam("workspace_id"),
            PaymentAttempt.payment_id == bindparam("payment_id"),
        )
        .order_by(PaymentAttempt.number.desc())
        .limit(1)
    )


@cache
def attempts_of_payment() -> Select[PaymentAttempt]:
    """All tries to collect `payment_id`, oldest first."""
    return (
        select(PaymentAttempt)
        .where(
            PaymentAttempt.workspace_id == bindparam("workspace_id"),
            PaymentAttempt.payment_id == bindparam("payment_id"),
        )
        .order_by(PaymentAttempt.number)
    )


@cache
def last_outcomes() -> Select[str, AttemptState]:
    """What the bank said of each of `tokens` last: not what was decided without asking it, nor what was withdrawn."""
    of_it = (
        PaymentAttempt.workspace_id == bindparam("workspace_id"),
        PaymentAttempt.token.in_(bindparam("tokens", expanding=True)),
        PaymentAttempt.decided_at.is_not(None),
        PaymentAttempt.state != AttemptState.NOT_TRIED,
        func.coalesce(PaymentAttempt.reason, "").not_in((WITHDRAWN, *sorted(NOT_OF_BANK))),
    )
    last = (
        select(PaymentAttempt.token, func.max(PaymentAttempt.decided_at).label("at"))
        .where(*of_it)
        .group_by(PaymentAttempt.token)
        .subquery()
    )
    return (
        select(PaymentAttempt.token, PaymentAttempt.state)
        .join(last, (last.c.token == PaymentAttempt.token) & (last.c.at == PaymentAttempt.decided_at))
        .where(*of_it)
    )


def is_newest() -> ColumnElement[bool]:
    """Of a payment's attempts the newest, where these are joined."""
    return _is_last()


def is_last_said() -> ColumnElement[bool]:
    """The same but for those that our own account stood in the way of: they say nothing of the card."""
    return _is_last(PaymentAttempt.state != AttemptState.NOT_TRIED)


def _is_last(*of_those: ColumnElement[bool]) -> ColumnElement[bool]:
    newest = (
        select(func.max(PaymentAttempt.number))
        .where(
            PaymentAttempt.workspace_id == Payment.workspace_id,
            PaymentAttempt.payment_id == Payment.id,
            *of_those,
        )
        .correlate(Payment)
        .scalar_subquery()
    )
    return PaymentAttempt.number == newest


@cache
def undecided() -> Select[Payment, PaymentAttempt]:
    """The payments of all workspaces whose try is on its way or not answered, with that try, the oldest first."""
    return (
        select(Payment, PaymentAttempt)
        .join(Payment.attempts)
        .where(PaymentAttempt.state.in_(UNDECIDED))
        .order_by(PaymentAttempt.sent_at, PaymentAttempt.workspace_id, PaymentAttempt.id)
    )


@cache
def waits_for_another_card() -> Select[str]:
    """The open payment `payment_id`, where its newest try waits for the payer of another card than is chosen now.

    Not where the one that is chosen was refused for good: the try is with its backup.
    """
    return (
        select(Payment.id)
        .select_from(Subscription)
        .join(Subscription.payments)
        .join(Subscription.payment_method)
        .join(Payment.attempts.and_(is_newest()))
        .where(
            Payment.workspace_id == bindparam("workspace_id"),
            Payment.id == bindparam("payment_id"),
            Payment.state == PaymentState.OPEN,
            PaymentAttempt.state == AttemptState.ACTION_REQUIRED,
            PaymentAttempt.token != PaymentMethod.token,
            func.coalesce(Payment.refused_token, "") != PaymentMethod.token,
        )
    )


@cache
def succeeded() -> Select[int]:
    """How many tries to collect `payment_id` succeeded."""
    return select(func.count()).where(
        PaymentAttempt.workspace_id == bindparam("workspace_id"),
        PaymentAttempt.payment_id == bindparam("payment_id"),
        PaymentAttempt.state == AttemptState.SUCCEEDED,
    )


@cache
def attempts_of_property() -> Select[*tuple[Any, ...]]:
    """All tries to collect for `property_id`, each with what it was for, newest first."""
    return _listed(Subscription.property_id == bindparam("property_id"))


@cache
def attempts_of_subscription() -> Select[*tuple[Any, ...]]:
    """The same for `subscription_id` alone."""
    return _listed(Subscription.id == bindparam("subscription_id"))


def _listed(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(PaymentAttempt, Payment, Invoice.number, AddOn.name.label("add_on"))
        .select_from(Subscription)
        .join(Subscription.payments)
        .join(Payment.attempts)
        .join(Subscription.add_on)
        .outerjoin(Payment.invoice)
        .where(Subscription.workspace_id == bindparam("workspace_id"), which)
        .order_by(PaymentAttempt.sent_at.desc(), PaymentAttempt.number.desc(), PaymentAttempt.id.desc())
    )


@cache
def _attempt_and_cards() -> Select[PaymentAttempt | None, PaymentMethod | None, PaymentMethod | None]:
    """The newest try to collect `payment_id`, the card of its subscription and the backup of that."""
    return (
        select(PaymentAttempt, PaymentMethod, Backup)
        .select_from(Subscription)
        .join(Subscription.payments)
        .outerjoin(Payment.attempts.and_(is_newest()))
        .outerjoin(Subscription.payment_method)
        .outerjoin(Subscription.backup_method.of_type(Backup))
        .where(Payment.workspace_id == bindparam("workspace_id"), Payment.id == bindparam("payment_id"))
    )


def attempt_and_cards(session: Session, payment: Payment) -> tuple[PaymentAttempt | None, Cards]:
    """The newest try to collect it, and the cards that its subscription has now."""
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    attempt, first, backup = session.execute(_attempt_and_cards(), of_it).one()
    return attempt, Cards(first, backup)


def last_attempt(
    session: Session, payment: Payment, *, but: AttemptState | None = None
) -> PaymentAttempt | None:
    """The newest try to collect it, but for those in that state."""
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    which = newest_attempt() if but is None else newest_attempt().where(PaymentAttempt.state != but)
    return session.scalar(which, of_it)


def last_said(session: Session, payment: Payment, newest: PaymentAttempt | None) -> PaymentAttempt | None:
    """The newest try that the gateway took: one that our own account stood in the way of says nothing of the card."""
    if newest is None or newest.state is not AttemptState.NOT_TRIED:
        return newest
    return last_attempt(session, payment, but=AttemptState.NOT_TRIED)
