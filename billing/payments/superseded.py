"""Superseded payments: a first payment that waits for its payer's bank gives way to what a person does next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from billing.locks import DRY_RUN, lock_subscription
from billing.models import Payment, PaymentAttempt, Property, Subscription
from billing.models.payments import UNANSWERED, UNDECIDED, WITHDRAWN, AttemptState, PaymentKind, PaymentState
from billing.payments.charging import order_of
from billing.payments.collection import withdraw
from billing.payments.outcomes import PaymentKey, needed_from_payer, settlement
from billing.payments.plan_changes import refuse_second
from billing.payments.settlement import Settlement
from billing.ports import ChargeOrder
from billing.queries import payments
from billing.queries.payment_attempts import last_attempt
from billing.queries.subscriptions import WHOLE_SUBSCRIPTION
from billing.values.actors import Actor
from billing.values.errors import Refusal
from billing.values.refusals import AlreadyBought, JustPaid, PaymentInProgress
from billing.work import Billing, Work

R = TypeVar("R")
SUPERSEDED = "superseded"


class StandsInTheWay(Exception):
    """A payment that was opened at the gateway stands in the way of an act; it must be taken back there first.

    `ended_by` is who acts, where the payment is then to be ended before the act.
    """

    def __init__(
        self, key: PaymentKey, order: ChargeOrder, action_url: str | None, ended_by: Actor | None = None
    ) -> None:
        super().__init__(key.id)
        self.key, self.order, self.action_url, self.ended_by = key, order, action_url, ended_by


def giving_way(billing: Billing, act: Callable[[], R]) -> R:
    """Does the act; what waits for its payer and stands in its way is taken back at the gateway before.

    Raises what the act raises, PaymentInProgress where the gateway does not say what became of it, and JustPaid where
    it was paid in the last moment and the act is not possible any more: no other refusal speaks of that money.
    """
    try:
        return act()
    except StandsInTheWay as waiting:
        key = waiting.key
        withdraw(billing, key, waiting.order)
        if waiting.ended_by is not None:
            _end(billing, key, waiting.ended_by)
    try:
        return act()
    except StandsInTheWay as waiting:
        raise PaymentInProgress(waiting.action_url) from None
    except Refusal as refusal:
        raise (_just_paid(billing, key) or refusal) from None


def _just_paid(billing: Billing, key: PaymentKey) -> JustPaid | None:
    with billing.read("payment.standing") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        if payment.state is not PaymentState.PAID:
            return None
        of_it = (key.workspace_id, payment.subscription_id)
        about = work.session.get_one(Subscription, of_it, options=WHOLE_SUBSCRIPTION).about()
        return JustPaid(payment.amount, f"{about['add_on']} {about['plan']}", about["property_name"])


def close_before(settling: Settlement) -> None:
    """Before less is to be paid: raises StandsInTheWay where the old amount could still be collected.

    Its tries are decided; a request that the gateway had not answered may be on its way all the same.
    """
    payment, attempt = settling.payment, settling.attempt
    if payment.state is PaymentState.OPEN and payment.gateway_id and attempt:
        key = PaymentKey(payment.workspace_id, payment.id)
        raise StandsInTheWay(key, order_of(payment, attempt), attempt.action_url)


def refuse_second_unless_superseded(work: Work, billing: Billing, prop: Property, add_on_id: str) -> None:
    """Raises AlreadyBought, unless what is in the way is a first payment that waits for its payer."""
    try:
        refuse_second(work.session, prop, add_on_id)
    except AlreadyBought:
        waiting = work.session.scalar(payments.first_payment(), prop.key | {"add_on_id": add_on_id})
        attempt = last_attempt(work.session, waiting) if waiting else None
        if waiting is None or attempt is None or attempt.state in UNANSWERED:
            raise
        if not work.session.info.get(DRY_RUN):
            # The property is locked, and a subscription is never locked after it: it is ended by itself.
            key = PaymentKey(waiting.workspace_id, waiting.id)
            raise StandsInTheWay(key, order_of(waiting, attempt), attempt.action_url, work.actor) from None
        _give_way(work, billing, waiting)
        refuse_second(work.session, prop, add_on_id)


def supersede(work: Work, billing: Billing, subscription: Subscription) -> bool:
    """Ends the subscription's open first payment as if it had never been asked for; False where it cannot.

    Raises StandsInTheWay where the gateway must hear of it first; a dry run asks nobody.
    """
    of_it = {"workspace_id": subscription.workspace_id, "subscription_id": subscription.id}
    waiting = work.session.scalar(payments.open_payment(), of_it)
    return waiting is not None and _give_way(work, billing, waiting)


def first_payment_that_waits(work: Work, subscription: Subscription) -> PaymentKey | None:
    """The open first payment of the subscription whose newest try waits for the payer's bank."""
    of_it = {"workspace_id": subscription.workspace_id, "subscription_id": subscription.id}
    for waiting, _ in work.session.execute(payments.waiting_for_payer(), of_it):
        if waiting.kind is not PaymentKind.RENEWAL:
            return PaymentKey(waiting.workspace_id, waiting.id)
    return None


def _give_way(work: Work, billing: Billing, payment: Payment) -> bool:
    if payment.kind is PaymentKind.RENEWAL:
        return False
    attempt = last_attempt(work.session, payment)
    if attempt is None:
        return False  # it is about to be sent: whoever asked for it is at it now
    if attempt.state in UNDECIDED and not _may_be_left(work, payment, attempt):
        return False
    if work.session.info.get(DRY_RUN):
        _hold(work, payment, attempt)
    _fail(work, settlement(work, billing, PaymentKey(payment.workspace_id, payment.id)))
    return True


def _hold(work: Work, payment: Payment, attempt: PaymentAttempt) -> None:
    """A rehearsal ends it, too, and may have locked the property before: it waits for nobody with that.

    Raises PaymentInProgress where somebody is at its subscription at this moment.
    """
    of_it = (payment.workspace_id, payment.subscription_id)
    if not lock_subscription(work.session, *of_it, skip_locked=True):
        raise PaymentInProgress(attempt.action_url)


def _end(billing: Billing, key: PaymentKey, by: Actor) -> None:
    """Ends the first payment in a transaction of its own, unless it is paid or tried anew meanwhile."""
    with billing.work("payment.supersede") as work:
        settling = settlement(work, billing, key)
        payment, attempt = settling.payment, settling.attempt
        if payment.state is PaymentState.OPEN and attempt and attempt.state not in UNDECIDED:
            work.actor, work.property_id = by, payment.property_id
            _fail(work, settling)


def _fail(work: Work, settling: Settlement) -> None:
    settling.fail(SUPERSEDED, scheduled=False)  # who does it knows: nobody is told of a failure
    work.session.flush()
    work.record("payment.supersede", settling.payment.id, after={"minor": settling.payment.minor})
    if settling.attempt is not None and settling.attempt.reason == WITHDRAWN:
        _tell_over(work, settling, settling.attempt)


def _tell_over(work: Work, settling: Settlement, attempt: PaymentAttempt) -> None:
    """Whoever was told that the bank waits for its payer, but for who did it: the channel in the same message."""
    over = replace(needed_from_payer(settling, attempt), url="", is_over=True)
    payment, subscription = settling.payment, settling.subscription
    work.tell_channel(over, subscription.prop)
    asked = payment.requested_by if payment.kind is PaymentKind.RESTART else None
    for user_id in work.payers_of(subscription, asked):
        if work.actor is None or user_id != work.actor.user_id:
            work.tell_person(over, payment.workspace_id, user_id)


def _may_be_left(work: Work, payment: Payment, attempt: PaymentAttempt) -> bool:
    if attempt.state is not AttemptState.ACTION_REQUIRED:
        return False
    if work.session.info.get(DRY_RUN):
        return True
    key = PaymentKey(payment.workspace_id, payment.id)
    raise StandsInTheWay(key, order_of(payment, attempt), attempt.action_url)
