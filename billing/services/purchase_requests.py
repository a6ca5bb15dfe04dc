"""What an admin asks for above the limit and another one approves: nothing is done before, and then it is done once.

It is locked after what it is about: the subscription, or for a purchase the property.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from billing.invoicing.quotes import refuse_if_changed
from billing.locks import lock_property, lock_subscription
from billing.models import Payment, Property, PurchaseRequest, Subscription
from billing.models.base import new_id
from billing.models.purchase_requests import APPROVED, RequestedAct, RequestState
from billing.payments.collection import collect
from billing.payments.outcomes import PaymentKey
from billing.payments.superseded import giving_way
from billing.queries.purchase_requests import request_of_key, requests_open
from billing.services import changes, purchases, subscriptions
from billing.services.changes import PlanSelection
from billing.services.purchase_outcomes import FOLLOWED_EVERY, follow, locked, others_than, shown, tell
from billing.services.purchases import Order
from billing.values.actors import Actor
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.events import PurchaseRequested
from billing.values.refusals import NeedsNoApproval, NobodyToApprove, NotFound, RequesterLeft, RequestMoved
from billing.values.snapshots import PurchaseReview, Quote
from billing.work import Billing, Work

# How long a request waits for another admin.
OPEN_FOR = timedelta(hours=72)
MOST_SHOWN = 10


def ask_purchase(
    billing: Billing, actor: Actor, order: Order, *, key: str, expected_quote: str | None = None
) -> PurchaseRequested:
    """Asks the other admins for a purchase as it was shown, once under that key (product, line 49).

    Raises what `preview_purchase` raises, PreviewChanged, NeedsNoApproval where it can be bought without asking, and
    NobodyToApprove where the property has no other admin.
    """
    return _ask(billing, actor, RequestedAct.PURCHASE, None, asdict(order), key, expected_quote)


def ask_change(
    billing: Billing,
    actor: Actor,
    subscription_id: str,
    wish: PlanSelection,
    *,
    key: str,
    expected_quote: str | None = None,
) -> PurchaseRequested:
    """The same for a change of plan, interval or quantity that is charged at once."""
    return _ask(billing, actor, RequestedAct.CHANGE, subscription_id, asdict(wish), key, expected_quote)


def ask_restart(
    billing: Billing, actor: Actor, subscription_id: str, *, key: str, expected_quote: str | None = None
) -> PurchaseRequested:
    """The same for one that has ended and is to begin anew."""
    return _ask(billing, actor, RequestedAct.RESTART, subscription_id, {}, key, expected_quote)


def look_at(billing: Billing, actor: Actor, request_id: str) -> PurchaseRequested:
    """How it stands, for those who may decide it. Raises NotFound, NotAllowed."""
    with billing.read("purchase_request.look_at") as work:
        return shown(work, _found(work, actor, request_id))


def review(billing: Billing, actor: Actor, request_id: str) -> PurchaseReview:
    """What was asked for, and what it would be now, by the act's own code, for whoever may approve it.

    Raises what `approve` raises, but for the payment.
    """
    with billing.dry_run("purchase_request.review") as work:
        request = _found(work, actor, request_id)
        request.refuse_to_approve(actor.user_id, work.now)
        _, now = _in_their_name(work, billing, request, key="preview")
        return PurchaseReview(shown(work, request), replace(now, above=None))


def approve(
    billing: Billing, actor: Actor, request_id: str, *, expected_quote: str | None = None
) -> PurchaseRequested:
    """Does what was asked for, in the name of who asked: once, whoever is at it; answers what came of it.

    `expected_quote` is the fingerprint of what the approver was shown. Raises NotFound, NotAllowed,
    OwnPurchaseRequest, PurchaseRequestClosed, RequesterLeft, RequestMoved, PreviewChanged, and what stands against
    the act itself: then nothing is done, and the request is as open as before.
    """
    key = giving_way(billing, lambda: _approve(billing, actor, request_id, expected_quote))
    if isinstance(key, PurchaseRequested):
        return key
    if key is not None:
        collect(billing, key)
    return follow(billing, actor.workspace_id, request_id)


def decline(billing: Billing, actor: Actor, request_id: str) -> PurchaseRequested:
    """It is not done; who asked withdraws it so. Raises NotFound, NotAllowed, PurchaseRequestClosed."""
    with billing.work("purchase_request.decline") as work:
        request = locked(work, _found(work, actor, request_id))
        request.refuse_closed(work.now)
        is_own = request.requested_by == actor.user_id
        request.decide(RequestState.WITHDRAWN if is_own else RequestState.DECLINED, actor.user_id, work.now)
        act = "purchase_request.withdraw" if is_own else "purchase_request.decline"
        work.record(act, request.id, after={"requested_by": request.requested_by})
        return tell(work, request)


def waiting_in(work: Work, prop: Property) -> tuple[PurchaseRequested, ...]:
    """What can be decided in that property, oldest first, at most `MOST_SHOWN`."""
    asked = prop.key | {"now": work.now, "size": MOST_SHOWN}
    return tuple(shown(work, request) for request in work.session.scalars(requests_open(), asked))


def _ask(
    billing: Billing,
    actor: Actor,
    act: RequestedAct,
    subscription_id: str | None,
    wanted: Mapping[str, Any],
    key: str,
    expected_quote: str | None,
) -> PurchaseRequested:
    with billing.dry_run("purchase_request.ask") as work:
        _, quote = _prepared(work, billing, actor, act, subscription_id, wanted, key="preview")
        refuse_if_changed(quote, expected_quote)
        if quote.above is None:
            raise NeedsNoApproval(quote)
    with billing.work("purchase_request.ask") as work:
        prop = work.property_as_admin(actor, quote.subscription.property_id, lock=True)
        used = {"workspace_id": actor.workspace_id, "requested_by": actor.user_id, "key": key}
        if request := work.session.scalar(request_of_key(), used):
            return shown(work, request)
        if not others_than(work, prop.workspace_id, prop.id, actor.user_id):
            raise NobodyToApprove(quote.above)
        request = PurchaseRequest(
            **used,
            id=new_id("req"),
            property_id=prop.id,
            subscription_id=subscription_id,
            act=act,
            wanted=dict(wanted),
            requested_at=work.now,
            expires_at=work.now + OPEN_FOR,
            due_at=work.now + OPEN_FOR,
            state=RequestState.OPEN,
        )
        request.shown = _asked(prop, request, quote).as_json()
        work.session.add(request)
        work.record("purchase_request.ask", request.id, after={"minor": quote.charge_now.minor})
        return tell(work, request)


def _approve(
    billing: Billing, actor: Actor, request_id: str, expected_quote: str | None
) -> PaymentKey | PurchaseRequested | None:
    """The payment that is to be collected for it; None where nothing is charged at once after all.

    Whoever presses twice reads how it stands.
    """
    with billing.work("purchase_request.approve") as work:
        request = _found(work, actor, request_id)
        if request.subscription_id is None:
            lock_property(work.session, request.workspace_id, request.property_id)
        else:
            lock_subscription(work.session, request.workspace_id, request.subscription_id)
        request = locked(work, request)
        if request.decided_by == actor.user_id and request.state in APPROVED:
            return shown(work, request)
        request.refuse_to_approve(actor.user_id, work.now)
        payment, now = _in_their_name(work, billing, request, key=f"request {request.id}")
        refuse_if_changed(now, expected_quote)
        request.decide(RequestState.APPROVED, actor.user_id, work.now)
        request.payment_id = payment.id if payment else None
        request.due_at = work.now + FOLLOWED_EVERY  # by the schedule, where this process does not come to it
        approved = {"requested_by": request.requested_by, "minor": now.charge_now.minor}
        work.record("purchase_request.approve", request.id, after=approved)
        return PaymentKey(payment.workspace_id, payment.id) if payment else None


def _in_their_name(
    work: Work, billing: Billing, request: PurchaseRequest, *, key: str
) -> tuple[Payment | None, Quote]:
    """Everything of what was asked for but the charge, by who asked; what is refused is refused to the approver.

    Raises RequesterLeft, RequestMoved.
    """
    approver, by = work.actor, Actor(request.workspace_id, request.requested_by)
    if by.user_id not in work.admins_of(request.workspace_id, request.property_id):
        raise RequesterLeft(by.user_id)
    if request.subscription_id is not None:
        about = work.session.get_one(Subscription, (request.workspace_id, request.subscription_id))
        if about.property_id != request.property_id:
            raise RequestMoved
    try:
        return _prepared(
            work, billing, by, request.act, request.subscription_id, request.wanted or {}, key=key
        )
    finally:
        work.actor, work.property_id = approver, request.property_id


def _prepared(
    work: Work,
    billing: Billing,
    by: Actor,
    act: RequestedAct,
    subscription_id: str | None,
    wanted: Mapping[str, Any],
    *,
    key: str,
) -> tuple[Payment | None, Quote]:
    """Everything of the act but the charge, by its own code."""
    if subscription_id is None:
        return purchases.prepare(work, billing, by, _order(wanted), key=key)
    if act is RequestedAct.RESTART:
        return subscriptions.prepare_restart(work, billing, by, subscription_id, key)
    wish = PlanSelection(wanted["plan_id"], Interval(wanted["interval"]), wanted["quantity"])
    return changes.prepare(work, billing, by, subscription_id, wish, key=key)


def _order(wanted: Mapping[str, Any]) -> Order:
    """As `asdict` wrote it; what was read from its row has plain words for its interval, address and company."""
    address, company = wanted["address"], wanted["company"]
    return Order(
        **{
            **wanted,
            "interval": Interval(wanted["interval"]),
            "address": BillingAddress(**address) if address else None,
            "company": Company(**company) if company else None,
        }
    )


def _asked(prop: Property, request: PurchaseRequest, quote: Quote) -> PurchaseRequested:
    """The fact as it is told first."""
    has = quote.subscription
    wants, is_change = has.pending or has, request.act is RequestedAct.CHANGE
    return PurchaseRequested(
        prop.id,
        prop.name,
        prop.time_zone,
        request_id=request.id,
        act=str(request.act),
        by=request.requested_by,
        add_on=has.add_on,
        plan=wants.plan,
        quantity=wants.quantity,
        interval=str(wants.interval),
        currency=quote.charge_now.currency,
        minor=quote.charge_now.minor,
        next_minor=quote.next_charge.minor,
        next_charge_at=quote.next_charge_at,
        next_credit_minor=quote.next_credit.minor,
        next_carried_minor=quote.next_carried.minor,
        expires_at=request.expires_at,
        card=f"{has.card.brand} {has.card.last_four}" if has.card else "",
        had_plan=has.plan if is_change else "",
        had_quantity=has.quantity if is_change else 0,
        had_interval=str(has.interval) if is_change else "",
    )


def _found(work: Work, actor: Actor, request_id: str) -> PurchaseRequest:
    """Raises NotFound, also for what belongs to others, and NotAllowed for whoever is no admin there."""
    work.actor = actor
    request = work.session.get(PurchaseRequest, (actor.workspace_id, request_id))
    if request is None:
        raise NotFound("request")
    try:
        work.property_as_admin(actor, request.property_id)
    except NotFound:
        raise NotFound("request") from None
    return request
