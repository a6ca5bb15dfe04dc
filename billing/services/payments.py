"""What is to be paid: what is open, paying it now, and what was tried."""

from __future__ import annotations

from sqlalchemy import select

from billing.collecting import PaymentKey, collect, snapshot
from billing.domain.actors import Actor
from billing.domain.errors import NotFound, NothingToPay, PaymentInProgress
from billing.domain.models import Invoice, Payment, PaymentAttempt
from billing.domain.models.payments import PaymentKind, PaymentState
from billing.domain.settling import UNDECIDED, last_attempt
from billing.domain.snapshots import (
    AttemptSnapshot,
    PaymentSnapshot,
)
from billing.work import Billing, Work


def unpaid(billing: Billing, actor: Actor, subscription_id: str) -> tuple[PaymentSnapshot, ...]:
    """The subscription's payments that are not decided, oldest first. Raises NotFound, NotAllowed."""
    with billing.look("payment.unpaid") as work:
        work.subscription_as_reader(actor, subscription_id)
        return tuple(
            snapshot(one, last_attempt(work.session, one)) for one in _open(work, actor, subscription_id)
        )


def pay_now(billing: Billing, actor: Actor, payment_id: str) -> PaymentSnapshot:
    """Tries an unpaid renewal at once, with the subscription's card; the schedule is not used up by it.

    Raises NotFound, NotAllowed, NothingToPay, and PaymentInProgress while an earlier try is not decided.
    """
    with billing.work("payment.pay_now") as work:
        work.actor = actor
        payment = work.session.get(Payment, (actor.workspace_id, payment_id))
        if payment is None or payment.kind is not PaymentKind.RENEWAL:
            raise NotFound("payment")
        try:
            work.subscription_as_admin(actor, payment.subscription_id)
        except NotFound:
            raise NotFound("payment") from None
        if payment.state is not PaymentState.OPEN:
            raise NothingToPay
        before = last_attempt(work.session, payment)
        if before is not None and before.state in UNDECIDED:
            raise PaymentInProgress(before.action_url)
        work.record("payment.pay_now", payment.id)
    return collect(billing, PaymentKey(actor.workspace_id, payment_id))


def history(billing: Billing, actor: Actor, subscription_id: str) -> tuple[AttemptSnapshot, ...]:
    """Every try to collect for the subscription, newest first, failures too (product, line 17).

    Raises NotFound, NotAllowed.
    """
    with billing.look("payment.history") as work:
        work.subscription_as_reader(actor, subscription_id)
        rows = work.session.execute(
            select(PaymentAttempt, Payment, Invoice.number)
            .join(
                Payment,
                (Payment.workspace_id == PaymentAttempt.workspace_id)
                & (Payment.id == PaymentAttempt.payment_id),
            )
            .outerjoin(
                Invoice, (Invoice.workspace_id == Payment.workspace_id) & (Invoice.id == Payment.invoice_id)
            )
            .where(Payment.workspace_id == actor.workspace_id, Payment.subscription_id == subscription_id)
            .order_by(PaymentAttempt.sent_at.desc(), PaymentAttempt.number.desc())
        )
        return tuple(
            AttemptSnapshot(
                attempt.sent_at, payment.amount, attempt.card, str(attempt.state), attempt.reason, number
            )
            for attempt, payment, number in rows
        )


def _open(work: Work, actor: Actor, subscription_id: str) -> list[Payment]:
    return list(
        work.session.scalars(
            select(Payment)
            .where(
                Payment.workspace_id == actor.workspace_id,
                Payment.subscription_id == subscription_id,
                Payment.state == PaymentState.OPEN,
            )
            .order_by(Payment.created_at, Payment.id)
        )
    )
