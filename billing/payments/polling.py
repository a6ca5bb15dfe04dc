"""Polling: the gateway is asked what became of an attempt that is not decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

from billing.models import Payment
from billing.models.payments import UNDECIDED, AttemptState, PaymentState
from billing.payments.collection import opened_at_gateway, order_of, payment_status
from billing.payments.outcomes import PaymentKey, keep_outcome, settlement, tell
from billing.payments.settlement import last_attempt
from billing.ports import Answer, ChargeOrder, ChargeRefused, GatewayUnavailable, Outcome
from billing.work import Billing


@dataclass(frozen=True, slots=True)
class InFlight:
    """A try that is not decided: was it answered before, and does its payment still want it."""

    order: ChargeOrder
    answered: bool
    is_wanted: bool


def poll(billing: Billing, key: PaymentKey) -> Outcome | None:
    """Asks the gateway what became of a try that is not decided. One that never arrived is sent again.

    Not, though, for a payment that was given up in the meantime: then what still waits for its payer is taken
    back at the gateway, so that nobody pays for what has ended. None where there is no such try, or the gateway
    is silent.
    """
    in_flight = _in_flight(billing, key)
    if in_flight is None:
        return None
    outcome = _find(billing, key, in_flight)
    keep_outcome(billing, key, in_flight.order.key, outcome)
    return outcome


def give_up_expired(billing: Billing, key: PaymentKey) -> None:
    """A first payment whose time is over fails, unless the gateway still has to say whether money moved.

    Whether a payer was just in time is asked once more.
    """
    if payment_status(billing, key).waiting_for == "authentication" and poll(billing, key) is None:
        return
    with billing.work("payment.expire") as work:
        settling = settlement(work, billing, key)
        attempt = settling.attempt
        if attempt is None or attempt.state not in (AttemptState.SENT, AttemptState.UNKNOWN):
            tell(work, settling, settling.fail("expired", scheduled=False))


def _find(billing: Billing, key: PaymentKey, asked: InFlight) -> Outcome | None:
    gateway, order = billing.gateway, asked.order
    try:
        found = gateway.find(order, answered=asked.answered) if order.payment_id else None
        if asked.is_wanted:
            return found or _send_again(billing, key, order)
        if found is None and order.payment_id is None:
            return Outcome(Answer.DECLINED, "", "given_up")
        if found is None or found.answer is Answer.ACTION_REQUIRED:
            return gateway.withdraw(order)
    except ChargeRefused as refused:
        return Outcome(Answer.DECLINED_FOR_GOOD, "", refused.reason)
    except GatewayUnavailable:
        return None
    return found


def _send_again(billing: Billing, key: PaymentKey, order: ChargeOrder) -> Outcome | None:
    opened = opened_at_gateway(billing, key, order)
    return billing.gateway.charge(opened) if opened else None


def _in_flight(billing: Billing, key: PaymentKey) -> InFlight | None:
    """The try that is not decided."""
    with billing.read("payment.in_flight") as work:
        payment = work.session.get_one(Payment, (key.workspace_id, key.id))
        attempt = last_attempt(work.session, payment)
        if attempt is None or attempt.state not in UNDECIDED:
            return None
        answered = attempt.state is AttemptState.ACTION_REQUIRED
        order = replace(order_of(payment, attempt), resent=attempt.polls)
        return InFlight(order, answered, payment.state is PaymentState.OPEN)
