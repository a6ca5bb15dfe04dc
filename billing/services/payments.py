"""What is to be paid: what is open, paying it now, and what was tried."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from billing.models import Payment, Subscription
from billing.models.open_payments import OpenPayment
from billing.models.payments import AttemptState
from billing.models.rules import Situation
from billing.payments.collection import collect, snapshot
from billing.payments.outcomes import PaymentKey
from billing.queries.pages import page as rows_of
from billing.queries.payment_attempts import (
    attempt_and_cards,
    attempts_of_property,
    attempts_of_subscription,
    last_attempt,
)
from billing.queries.payments import open_payments
from billing.services.pagination import PAGE_SIZE, page_of, scope_of
from billing.values.actors import Actor
from billing.values.refusals import ChangedMeanwhile, NotFound
from billing.values.snapshots import (
    AttemptPage,
    AttemptSnapshot,
    PaymentSnapshot,
    SubscriptionSnapshot,
)
from billing.work import Billing, Work


def unpaid(billing: Billing, actor: Actor, subscription_id: str) -> tuple[PaymentSnapshot, ...]:
    """The subscription's payments that are not decided, oldest first. Raises NotFound, NotAllowed."""
    with billing.read("payment.unpaid") as work:
        subscription = work.subscription_as_reader(actor, subscription_id)
        found = work.session.scalars(open_payments(), subscription.key).all()
        session, days = work.session, billing.retry_days
        return tuple(snapshot(session, one, *attempt_and_cards(session, one), days) for one in found)


def payable(billing: Billing, actor: Actor, payment_id: str) -> SubscriptionSnapshot:
    """The subscription whose unpaid renewal that is, if it can be paid now. Raises what `pay_now` raises."""
    with billing.read("payment.pay_now") as work:
        return work.snapshot(_payable(work, actor, payment_id))


def pay_now(
    billing: Billing, actor: Actor, payment_id: str, *, seen_card: str | None = None
) -> PaymentSnapshot:
    """Tries an unpaid payment at once, with the subscription's card; the schedule is not used up by it.

    A try that waits for the payer's bank gives way. `seen_card` is the card that the actor had before their eyes, as
    "Visa 4242": ChangedMeanwhile is raised where it is another one by now. Raises NotFound, NotAllowed, NothingToPay,
    NoPaymentMethod, and PaymentInProgress while the gateway has not answered an earlier try.
    """
    with billing.work("payment.pay_now") as work:
        card = _payable(work, actor, payment_id).payment_method
        if seen_card is not None and (card is None or card.shown != seen_card):
            raise ChangedMeanwhile
        work.record("payment.pay_now", payment_id)
    return collect(billing, PaymentKey(actor.workspace_id, payment_id))


def history(billing: Billing, actor: Actor, subscription_id: str) -> tuple[AttemptSnapshot, ...]:
    """Every try to collect for the subscription, newest first, failures too (product, line 17).

    Raises NotFound, NotAllowed.
    """
    with billing.read("payment.history") as work:
        subscription = work.subscription_as_reader(actor, subscription_id)
        return _attempts(work.session.execute(attempts_of_subscription(), subscription.key))


def listed(
    billing: Billing,
    actor: Actor,
    subscription_id: str | None = None,
    page: int = 1,
    *,
    size: int = PAGE_SIZE,
) -> AttemptPage:
    """The same in pages, or all tries of the property that the actor has chosen.

    A page beyond the last one is the last one. Raises NoProperty, NotFound, NotAllowed.
    """
    with billing.read("payment.history") as work:
        scope = scope_of(work, actor, subscription_id)
        rows = attempts_of_subscription() if subscription_id else attempts_of_property()
        at = page_of(work.session, rows, scope.key, page, size)
        shown = _attempts(work.session.execute(rows_of(rows), scope.key | at.shown))
        return AttemptPage(scope.property, subscription_id, scope.title, shown, *at.place)


def _payable(work: Work, actor: Actor, payment_id: str) -> Subscription:
    """The subscription for which it can be paid now."""
    work.actor = actor
    payment = work.session.get(Payment, (actor.workspace_id, payment_id))
    if payment is None:
        raise NotFound("payment")
    try:
        subscription = work.subscription_as_admin(actor, payment.subscription_id)
    except NotFound:
        raise NotFound("payment") from None
    open_payment = OpenPayment.of(payment, last_attempt(work.session, payment))
    subscription.can_pay_now(Situation(work.now, payment=open_payment)).or_refuse()
    return subscription


def _attempts(rows: Iterable[Row[*tuple[Any, ...]]]) -> tuple[AttemptSnapshot, ...]:
    return tuple(
        AttemptSnapshot(
            attempt.sent_at,
            attempt.amount_of(payment),
            attempt.card,
            str(attempt.state),
            attempt.why,
            number,
            add_on,
            str(payment.dispute) if payment.dispute and attempt.state is AttemptState.SUCCEEDED else None,
        )
        for attempt, payment, number, add_on in rows
    )
