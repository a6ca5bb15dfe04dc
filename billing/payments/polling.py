"""Polling: the gateway is asked what became of a try, and closes what was opened for a payment that is given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from billing.models import Payment, PaymentAttempt
from billing.models.payments import UNANSWERED, UNDECIDED, PaymentState
from billing.payments.charging import ask, order_of
from billing.payments.collection import collect_once, payment_status
from billing.payments.outcomes import PaymentKey, keep_outcome, settlement, tell
from billing.ports import Answer, ChargeOrder, Gateway, GatewayUnavailable, Outcome
from billing.queries.payment_attempts import last_attempt, waits_for_another_card
from billing.work import Billing


class Question(StrEnum):
    """What the gateway is asked about the newest try of a payment."""

    SEND = "send"  # not decided: what became of it; one that never arrived is sent again
    GIVE_UP = "give_up"  # the same when its time is over: nobody expects any more that it is charged
    CLOSE = "close"  # its payment was given up: nothing that is still on its way may collect it any more
    LOOK = "look"  # decided, and the gateway has told of it all the same


@dataclass(frozen=True, slots=True)
class Asked:
    """A try, what is asked about it, and whether it was answered before."""

    order: ChargeOrder
    question: Question
    answered: bool


def poll(billing: Billing, key: PaymentKey, *, told: bool = False) -> Outcome | None:
    """Asks the gateway what became of a try that is not decided. One that never arrived is sent again.

    Not, though, for a payment that was given up in the meantime, or a first one whose time is over: what was opened
    for it at the gateway is closed, so that nobody pays for what has ended, or what they asked for days ago, not even
    by a request that arrives late. `told`: the gateway spoke of it by itself, and is asked though all is decided
    here. None where there is nothing to ask, or the gateway is silent.
    Raises GatewayUnavailable where it is silent about what is decided: nothing else asks again.
    """
    asked = _asked(billing, key, told=told)
    if asked is None:
        return None
    outcome = _find(billing, key, asked)
    keep_outcome(billing, key, asked.order.key, outcome, withdrawn=asked.question is Question.CLOSE)
    return outcome


def ask_after(billing: Billing, key: PaymentKey) -> None:
    """The same when it is due. What waits for the payer of another card than is chosen now gives way to this one.

    That try is of the person who chose it, and uses up no day of the schedule.
    """
    outcome = poll(billing, key)
    if outcome is None or outcome.answer is not Answer.ACTION_REQUIRED:
        return
    with billing.read("payment.card_now") as work:
        gives_way = work.session.scalar(waits_for_another_card(), key.named) is not None
    if gives_way:
        collect_once(billing, key, scheduled=False)


def give_up_expired(billing: Billing, key: PaymentKey) -> None:
    """A first payment whose time is over fails, unless the gateway still has to say whether money moved.

    Whether a payer was just in time is asked once more.
    """
    if payment_status(billing, key).waiting_for == "authentication" and poll(billing, key) is None:
        return
    with billing.work("payment.expire") as work:
        settling = settlement(work, billing, key)
        attempt = settling.attempt
        if attempt is None or attempt.state not in UNANSWERED:
            tell(work, settling, settling.expire())


def _find(billing: Billing, key: PaymentKey, asked: Asked) -> Outcome | None:
    gateway, order = billing.gateway, asked.order
    try:
        if asked.question is Question.CLOSE:
            return _closed(gateway, order)
        found = gateway.find(order, answered=asked.answered) if order.payment_id else None
        if asked.question is Question.GIVE_UP:
            return _given_up(gateway, order, found)
    except GatewayUnavailable:
        if asked.question is Question.LOOK:
            raise
        return None
    return ask(billing, key, order) if found is None and asked.question is Question.SEND else found


def _given_up(gateway: Gateway, order: ChargeOrder, found: Outcome | None) -> Outcome:
    """What is decided stays so. What never arrived was no try; what waits for the payer is taken from them."""
    if found is None:
        closed = _closed(gateway, order)
        return closed if closed.answer is Answer.SUCCEEDED else replace(closed, answer=Answer.NOT_TRIED)
    return gateway.withdraw(order) if found.answer is Answer.ACTION_REQUIRED else found


def _closed(gateway: Gateway, order: ChargeOrder) -> Outcome:
    return gateway.withdraw(order) if order.payment_id else Outcome(Answer.DECLINED, "")


def _asked(billing: Billing, key: PaymentKey, *, told: bool) -> Asked | None:
    """What there is to ask about the newest try."""
    with billing.read("payment.in_flight") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        attempt = last_attempt(work.session, payment)
        question = _question(payment, attempt, work.now, told=told) if attempt else None
        if attempt is None or question is None:
            return None
        answered = attempt.state not in UNANSWERED
        return Asked(order_of(payment, attempt), question, answered)


def _question(payment: Payment, attempt: PaymentAttempt, now: datetime, *, told: bool) -> Question | None:
    if attempt.state in UNDECIDED:
        if payment.state is not PaymentState.OPEN:
            return Question.CLOSE
        # Who asked for it was there, and is not any more; what waits for their bank is given up apart.
        too_late = payment.is_expired(now) and attempt.state in UNANSWERED
        return Question.GIVE_UP if too_late else Question.SEND
    if payment.state is PaymentState.PAID or payment.gateway_id is None:
        return None
    if attempt.poll_at is not None:
        return Question.CLOSE
    return Question.LOOK if told else None
