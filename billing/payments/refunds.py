"""Refunding: the intent is committed, the gateway is asked with no transaction open, the outcome is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from billing import ledger
from billing.invoicing.credit_notes import Parts
from billing.models import ApiKey, Payment, Property, Refund, Workspace
from billing.models.payments import PaymentState
from billing.models.refunds import RefundState
from billing.payments.settlement import Settlement
from billing.ports import GatewayUnavailable, RefundAnswer, RefundOrder, RefundOutcome
from billing.queries.payments import number_of_payment
from billing.queries.refunds import refunded
from billing.values.actors import Actor
from billing.values.charges import ChargeLimits
from billing.values.disputes import DisputeState
from billing.values.events import RefundFailed
from billing.values.outbox import Destination
from billing.values.polling import poll_after_silence, poll_later
from billing.work import Billing, Work

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RefundKey:
    """Which refund."""

    workspace_id: str
    id: str


def poll_refund(billing: Billing, key: RefundKey, *, answers: bool = False) -> None:
    """Sends the refund to the gateway, or asks what became of it: the same key is the same refund.

    That it failed is told, unless this `answers` whoever asks for it now. One that is decided is left alone: of two
    who ask, the other was served.
    """
    with billing.read("refund.look") as work:
        refund = work.session.get_one(Refund, (key.workspace_id, key.id))
        payment = work.session.get_one(Payment, (key.workspace_id, refund.payment_id))
    if refund.state is not RefundState.OPEN:
        return
    order = RefundOrder(f"{key.workspace_id}-{key.id}", payment.gateway_id or "", refund.amount)
    try:
        _keep_outcome(billing, key, billing.gateway.refund(order), answers=answers)
    except GatewayUnavailable:
        _wait(billing, key)


def follow_refund(billing: Billing, key: RefundKey, *, answers: bool = False) -> None:
    """The same, and of one that has succeeded whether the bank has sent it back, as it can weeks later.

    Raises GatewayUnavailable for that one: nothing asks again.
    """
    with billing.read("refund.look") as work:
        refund = work.session.get_one(Refund, (key.workspace_id, key.id))
    if refund.state is RefundState.SUCCEEDED and refund.gateway_id:
        outcome = billing.gateway.refunded(refund.gateway_id)
        if outcome.answer is RefundAnswer.FAILED:
            _keep_outcome(billing, key, outcome)
    else:
        poll_refund(billing, key, answers=answers)


def _wait(billing: Billing, key: RefundKey) -> None:
    with billing.work("refund.outcome") as work:
        refund = _locked(work, key)
        if refund.state is RefundState.OPEN:
            poll_after_silence(refund, refund.requested_at, work.now)


def _keep_outcome(billing: Billing, key: RefundKey, outcome: RefundOutcome, *, answers: bool = False) -> None:
    with billing.work("refund.outcome") as work:
        refund, failed = _locked(work, key), outcome.answer is RefundAnswer.FAILED
        if refund.state is not RefundState.OPEN and not (refund.state is RefundState.SUCCEEDED and failed):
            return
        refund.gateway_id, refund.reason = outcome.gateway_id or refund.gateway_id, outcome.reason
        if outcome.answer is RefundAnswer.PENDING:
            poll_later(refund, refund.requested_at, work.now)
            return
        if refund.state is RefundState.SUCCEEDED:
            ledger.book_refund_sent_back(work.session, refund, work.now)
        elif not failed:
            ledger.book_refund(work.session, refund, work.now)
        refund.state = RefundState.FAILED if failed else RefundState.SUCCEEDED
        refund.decided_at = work.now
        work.actor = Actor(refund.workspace_id, refund.requested_by, "gateway")
        work.property_id = refund.property_id
        work.record("refund." + str(refund.state), refund.id, after={"minor": refund.minor})
        if failed and not answers:
            _tell_failed(work, billing, refund)


def _locked(work: Work, key: RefundKey) -> Refund:
    return work.session.get_one(
        Refund, (key.workspace_id, key.id), with_for_update=True, populate_existing=True
    )


def _tell_failed(work: Work, billing: Billing, refund: Refund) -> None:
    """The seller's own people, who are to give it back otherwise, and the admins to whom it was promised."""
    prop = work.session.get_one(Property, (refund.workspace_id, refund.property_id))
    of_it = {"workspace_id": refund.workspace_id, "payment_id": refund.payment_id}
    event = RefundFailed(
        prop.id,
        prop.name,
        prop.time_zone,
        number=work.session.scalar(number_of_payment(), of_it) or refund.payment_id,
        minor=refund.minor,
        promised_minor=refund.promised_minor,
        currency=refund.currency,
        reason=refund.reason or "",
    )
    log.error("a refund failed", refund=refund.id, reason=refund.reason)
    if refund.promised_minor:
        work.tell_admins(event, prop)
    if place := billing.operator_channel:
        workspace = work.session.get_one(Workspace, refund.workspace_id)
        is_key = work.session.get(ApiKey, refund.requested_by) is not None
        asked_by = "" if is_key else refund.requested_by
        theirs = replace(event, property_id="", workspace_name=workspace.name, asked_by=asked_by)
        work.tell_at(Destination.channel(place.channel), theirs, place.workspace_id)


def parts_of(settling: Settlement, total: int, promised: int, limits: ChargeLimits, *, refund: bool) -> Parts:
    """The parts of that total, of which what was not paid yet is owed no more from now on.

    A `refund` goes to the card in the gateway's steps, which gets no more than it still gave: not what credit notes
    have `promised` to it, what refunds sent back out of credit, or what its bank took back after a dispute.
    """
    payment = settling.payment
    if payment.state is PaymentState.UNCOLLECTIBLE:
        return Parts(lost_minor=total)
    owed = settling.reduce(total)
    still_gave = _still_given(settling, promised) if refund and payment.state is PaymentState.PAID else 0
    back = limits.in_steps(min(total - owed, still_gave))
    return Parts(owed, 0, back, total - owed - back)


def _still_given(settling: Settlement, promised: int) -> int:
    payment = settling.payment
    if payment.dispute is DisputeState.LOST:
        return 0
    of_it = {"workspace_id": payment.workspace_id, "payment_id": payment.id}
    sent, kept_promises = (int(minor or 0) for minor in settling.session.execute(refunded(), of_it).one())
    return max(0, payment.minor - promised - (sent - kept_promises))
