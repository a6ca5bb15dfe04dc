"""Subscriptions: how they start, are cancelled, and go on after all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from billing.domain.actors import Actor
from billing.domain.addresses import BillingAddress
from billing.domain.cycles import Anchor, Interval
from billing.domain.errors import AlreadyBought, BadFields, NotCancelled, NotFound, NotSold
from billing.domain.events import CancellationUndone, SubscriptionCancelled
from billing.domain.models import PaymentMethod, Plan, Price, Property, Subscription
from billing.domain.models.base import new_id
from billing.domain.models.subscriptions import Status
from billing.domain.snapshots import SubscriptionSnapshot
from billing.domain.texts import text_fault
from billing.work import WHOLE_SUBSCRIPTION, Billing, Work

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be started. `add_on_id` and `plan_id` are the catalogue's; the currency is the property's."""

    property_id: str
    add_on_id: str
    plan_id: str
    interval: Interval
    payment_method_id: str | None = None
    address: BillingAddress | None = None
    receipts_to: str | None = None


def start(billing: Billing, actor: Actor, order: Order) -> SubscriptionSnapshot:
    """Starts a subscription now and issues the invoice of its first period; collecting it is not done here.

    Raises NotSold, AlreadyBought, NotFound, NotAllowed, TaxCaseUnknown.
    """
    with billing.work("subscription.start") as work:
        of_property = work.property_as_admin(actor, order.property_id)
        _refuse_second(work, of_property, order.add_on_id)
        subscription = _new_subscription(work, actor, of_property, order)
        invoice = work.issuer.issue(work.session, subscription, work.now)
        work.tell(invoice.issued(subscription.about()), of_property)
        work.record(
            "subscription.start", subscription.id, after={"plan": order.plan_id, "invoice": invoice.number}
        )
        return work.snapshot(subscription)


def look_at(
    billing: Billing, actor: Actor, subscription_id: str, *, to_change: bool = False
) -> SubscriptionSnapshot:
    """One subscription. Raises NotFound, and NotAllowed for those who may not read it, or not change it."""
    with billing.look("subscription.look_at") as work:
        door = work.subscription_as_admin if to_change else work.subscription_as_reader
        return work.snapshot(door(actor, subscription_id))


def preview_cancel(billing: Billing, actor: Actor, subscription_id: str, reason: str) -> SubscriptionSnapshot:
    """What cancelling would make of it, by the code that cancels. Raises what `cancel` raises."""
    with billing.rehearsal("subscription.cancel") as work:
        return work.snapshot(_cancel(work, actor, subscription_id, reason))


def cancel(billing: Billing, actor: Actor, subscription_id: str, reason: str) -> SubscriptionSnapshot:
    """Cancels at the end of the paid cycle (product, line 22): it lives on to `ends_at`, nothing more is charged.

    Raises NotFound, NotAllowed, AlreadyCancelled, AlreadyEnded, BeingRenewed, and BadFields for the reason.
    """
    with billing.work("subscription.cancel") as work:
        subscription = _cancel(work, actor, subscription_id, reason)
        work.tell(
            SubscriptionCancelled(
                **subscription.about(),
                by=actor.user_id,
                reason=subscription.cancel_reason or "",
                ends_at=subscription.period_end_at,
            ),
            subscription.of_property,
        )
        work.record("subscription.cancel", subscription.id, after={"reason": subscription.cancel_reason})
        return work.snapshot(subscription)


def undo_cancellation(
    billing: Billing, actor: Actor, subscription_id: str, seen_end: datetime | None = None
) -> SubscriptionSnapshot:
    """Takes the cancellation back before its date: same dates, no charge now (product, lines 23 and 31).

    `seen_end` is the end that the actor had before their eyes: an old button undoes no later cancellation.
    Raises NotFound, NotAllowed, NotCancelled, AlreadyEnded.
    """
    with billing.work("subscription.undo_cancellation") as work:
        subscription = work.subscription_as_admin(actor, subscription_id)
        if seen_end is not None and seen_end != subscription.period_end_at:
            raise NotCancelled
        before = {"reason": subscription.cancel_reason, "by": subscription.cancelled_by}
        subscription.undo_cancellation(work.now)
        work.tell(
            CancellationUndone(
                **subscription.about(), by=actor.user_id, next_charge_at=subscription.period_end_at
            ),
            subscription.of_property,
        )
        work.record("subscription.undo_cancellation", subscription.id, before=before)
        return work.snapshot(subscription)


def _cancel(work: Work, actor: Actor, subscription_id: str, reason: str) -> Subscription:
    subscription = work.subscription_as_admin(actor, subscription_id)
    subscription.cancel(_checked(reason), actor.user_id, work.now)
    return subscription


def _checked(reason: str) -> str:
    cleaned = reason.strip()
    if fault := text_fault(cleaned, REASON_LIMIT, lines=True):
        raise BadFields({"reason": fault})
    return cleaned


def _refuse_second(work: Work, of_property: Property, add_on_id: str) -> None:
    running = work.session.scalar(
        select(Subscription.id).where(
            Subscription.workspace_id == of_property.workspace_id,
            Subscription.property_id == of_property.id,
            Subscription.add_on_id == add_on_id,
            Subscription.status != Status.ENDED,
        )
    )
    if running is not None:
        raise AlreadyBought(add_on_id)


def _new_subscription(work: Work, actor: Actor, of_property: Property, order: Order) -> Subscription:
    price = _price_on_sale(work, order, of_property.currency)
    if order.payment_method_id is not None:
        method = work.session.get(PaymentMethod, (actor.workspace_id, order.payment_method_id))
        if method is None or method.property_id != of_property.id:
            raise NotFound("payment method")
    subscription = Subscription(
        workspace_id=actor.workspace_id,
        id=new_id("sub"),
        property_id=of_property.id,
        add_on_id=order.add_on_id,
        price_id=price.id,
        billing_admin_id=actor.user_id,
        payment_method_id=order.payment_method_id,
        address=order.address,
        receipts_to=order.receipts_to,
        purchased_at=work.now,
    )
    subscription.start(Anchor.at(work.now, of_property.time_zone, price.interval))
    work.session.add(subscription)
    try:
        work.session.flush()
    except IntegrityError:  # somebody started the same add-on in this moment: the database allows one
        raise AlreadyBought(order.add_on_id) from None
    return work.session.scalars(
        select(Subscription)
        .where(Subscription.workspace_id == actor.workspace_id, Subscription.id == subscription.id)
        .options(*WHOLE_SUBSCRIPTION)
        .execution_options(populate_existing=True)
    ).one()


def _price_on_sale(work: Work, order: Order, currency: str) -> Price:
    price = work.session.scalar(
        select(Price)
        .where(
            Price.add_on_id == order.add_on_id,
            Price.plan_id == order.plan_id,
            Price.interval == order.interval,
            Price.currency == currency,
            Price.on_sale,
        )
        .options(joinedload(Price.plan).joinedload(Plan.add_on))
    )
    if price is None:
        raise NotSold(f"{order.add_on_id} {order.plan_id} {order.interval} {currency}")
    return price
