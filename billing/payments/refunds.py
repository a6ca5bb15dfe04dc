"""Refunding: the intent is committed, the gateway is asked with no transaction open, the outcome is kept."""

from __future__ import annotations

from dataclasses import dataclass

from billing import ledger
from billing.invoicing.credit_notes import Parts
from billing.models import Payment, Refund
from billing.models.payments import PaymentState
from billing.models.refunds import RefundState
from billing.payments.settlement import Settlement
from billing.ports import GatewayUnavailable, RefundAnswer, RefundOrder, RefundOutcome
from billing.queries.refunds import refunded
from billing.values.actors import Actor
from billing.values.disputes import DisputeState
from billing.values.polling import poll_after_silence, poll_later
from billing.work import Billing


@dataclass(frozen=True, slots=True)
class RefundKey:
    """Which refund."""

    workspace_id: str
    id: str


def poll_refund(billing: Billing, key: RefundKey) -> None:
    """Sends the refund to the gateway, or asks what became of it: the same key is the same refund."""
    with billing.read("refund.look") as work:
        refund = work.session.get_one(Refund, (key.workspace_id, key.id))
        payment = work.session.get_one(Payment, (key.workspace_id, refund.payment_id))
        if refund.state is not RefundState.OPEN:
            return
        order = RefundOrder(f"{key.workspace_id}-{key.id}", payment.gateway_id or "", refund.amount)
    try:
        outcome = billing.gateway.refund(order)
    except GatewayUnavailable:
        outcome = None
    _keep_outcome(billing, key, outcome)


def _keep_outcome(billing: Billing, key: RefundKey, outcome: RefundOutcome | None) -> None:
    with billing.work("refund.outcome") as work:
        refund = work.session.get_one(
            Refund, (key.workspace_id, key.id), with_for_update=True, populate_existing=True
        )
        if refund.state is not RefundState.OPEN:
            return
        if outcome is None:
            poll_after_silence(refund, refund.requested_at, work.now)
            return
        refund.gateway_id, refund.reason = outcome.gateway_id or refund.gateway_id, outcome.reason
        if outcome.answer is RefundAnswer.PENDING:
            poll_later(refund, refund.requested_at, work.now)
            return
        succeeded = outcome.answer is RefundAnswer.SUCCEEDED
        refund.state = RefundState.SUCCEEDED if succeeded else RefundState.FAILED
        refund.decided_at = work.now
        if succeeded:
            ledger.book_refund(work.session, refund, work.now)
        work.actor = Actor(refund.workspace_id, refund.requested_by, "gateway")
        work.property_id = refund.property_id
        work.record("refund." + str(refund.state), refund.id, after={"minor": refund.minor})


def parts_of(settling: Settlement, total: int, promised: int, *, refund: bool) -> Parts:
    """The parts of that total, of which what was not paid yet is owed no more from now on.

    A `refund` goes to the card, which gets no more than it still gave: not what credit notes have `promised` to it,
    what refunds sent back out of credit, or what its bank took back after a dispute.
    """
    payment = settling.payment
    if payment.state is PaymentState.UNCOLLECTIBLE:
        return Parts(lost_minor=total)
    owed = settling.reduce(total)
    still_gave = _still_given(settling, promised) if refund and payment.state is PaymentState.PAID else 0
    back = min(total - owed, still_gave)
    return Parts(owed, 0, back, total - owed - back)


def _still_given(settling: Settlement, promised: int) -> int:
    payment = settling.payment
    if payment.dispute is DisputeState.LOST:
        return 0
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    sent, kept_promises = (int(minor or 0) for minor in settling.session.execute(refunded(), of_it).one())
    return max(0, payment.minor - promised - (sent - kept_promises))
