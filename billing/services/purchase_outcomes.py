"""How a request stands that waits for another admin, and who is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from billing.models import Payment, Property, PurchaseRequest
from billing.models.payments import PaymentState
from billing.models.purchase_requests import BEING_DONE, RequestState
from billing.renewals.single import DueReport
from billing.values.actors import Actor
from billing.values.events import PurchaseRequested
from billing.values.outbox import Destination
from billing.work import Billing, Work

# How often it is looked at what became of the payment of one that was approved.
FOLLOWED_EVERY = timedelta(minutes=1)


def follow_due(billing: Billing, workspace_id: str, request_id: str) -> DueReport:
    """What nobody approved in time has expired, and what was approved is told of once its payment is decided."""
    follow(billing, workspace_id, request_id)
    return DueReport()


def follow(billing: Billing, workspace_id: str, request_id: str) -> PurchaseRequested:
    """Looks at what became of it, and tells what was not told yet."""
    with billing.work("purchase_request.follow") as work:
        request = locked(work, work.session.get_one(PurchaseRequest, (workspace_id, request_id)))
        work.property_id = request.property_id
        if request.state in BEING_DONE:
            became = _became(work, request)
            request.due_at = work.now + FOLLOWED_EVERY if became is RequestState.WAITING else None
        else:
            became = request.stands(work.now)
        if became is request.state:
            return shown(work, request)
        if became is RequestState.EXPIRED:
            request.decide(became, None, work.now)
            work.actor = Actor(workspace_id, "", "schedule")
            asked_by = {"requested_by": request.requested_by}
            work.record("purchase_request.expire", request.id, after=asked_by)
        request.state = became
        return tell(work, request)


def shown(work: Work, request: PurchaseRequest) -> PurchaseRequested:
    """The fact as it stands now."""
    payment = None
    if request.state is RequestState.DONE and request.payment_id:
        payment = work.session.get_one(Payment, (request.workspace_id, request.payment_id))
    return replace(
        PurchaseRequested.from_json(request.shown),
        state=str(request.stands(work.now)),
        decided_by=request.decided_by or "",
        charged_minor=payment.minor if payment else 0,
    )


def tell(work: Work, request: PurchaseRequest) -> PurchaseRequested:
    """In the channel if it is announced there, else each other admin in private; and who asked, of what others did.

    What a place was told before is told anew in the same message.
    """
    prop = work.session.get_one(Property, (request.workspace_id, request.property_id))
    event = shown(work, request)
    if prop.channel_for(event.topic):
        work.tell_channel(event, prop)
    else:
        for user_id in others_than(work, prop.workspace_id, prop.id, request.requested_by):
            work.tell_at(Destination.person(user_id), event, prop.workspace_id, event.subject_key)
    if request.state is not RequestState.OPEN and request.decided_by != request.requested_by:
        work.tell_person(event, prop.workspace_id, request.requested_by)
    return event


def others_than(work: Work, workspace_id: str, property_id: str, user_id: str) -> list[str]:
    """Who may decide what that person asked for."""
    return [other for other in work.admins_of(workspace_id, property_id) if other != user_id]


def locked(work: Work, request: PurchaseRequest) -> PurchaseRequest:
    """The same, read anew and held to the end of the transaction."""
    key = (request.workspace_id, request.id)
    return work.session.get_one(PurchaseRequest, key, with_for_update=True, populate_existing=True)


def _became(work: Work, request: PurchaseRequest) -> RequestState:
    """Of what was approved: nobody is asked but its own payment."""
    if request.payment_id is None:
        return RequestState.DONE
    payment = work.session.get_one(Payment, (request.workspace_id, request.payment_id))
    if payment.state is PaymentState.OPEN:
        return RequestState.WAITING
    return RequestState.DONE if payment.state is PaymentState.PAID else RequestState.FAILED
