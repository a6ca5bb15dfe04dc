"""What purchases, changes and new beginnings share: the price on sale, one of each add-on, the planned change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from billing.locks import write
from billing.models import Payment, Plan, PlannedChange, Price, Property, Subscription
from billing.models.base import new_id
from billing.models.changes import ChangeState
from billing.models.payments import PaymentKind, PaymentState
from billing.models.subscriptions import OVER
from billing.queries.plan_changes import pending_change
from billing.values.cycles import Interval
from billing.values.refusals import AlreadyBought, NotSold


def price_on_sale(session: Session, add_on_id: str, plan_id: str, interval: Interval, currency: str) -> Price:
    """The price for which the plan is sold now. Raises NotSold."""
    price = session.scalar(
        select(Price)
        .where(
            Price.add_on_id == add_on_id,
            Price.plan_id == plan_id,
            Price.interval == interval,
            Price.currency == currency,
            Price.on_sale,
        )
        .options(joinedload(Price.plan).joinedload(Plan.add_on))
    )
    if price is None:
        raise NotSold(f"{add_on_id} {plan_id} {interval} {currency}")
    return price


def refuse_second(session: Session, prop: Property, add_on_id: str) -> None:
    """Raises AlreadyBought where the property, which is locked, has the add-on or is paying to have it again."""
    restarting = exists().where(
        Payment.workspace_id == Subscription.workspace_id,
        Payment.subscription_id == Subscription.id,
        Payment.kind == PaymentKind.RESTART,
        Payment.state == PaymentState.OPEN,
    )
    running = session.scalar(
        select(Subscription.id).where(
            Subscription.workspace_id == prop.workspace_id,
            Subscription.property_id == prop.id,
            Subscription.add_on_id == add_on_id,
            or_(Subscription.status.not_in(OVER), restarting),
        )
    )
    if running is not None:
        raise AlreadyBought(add_on_id)


def plan_change(
    session: Session,
    subscription: Subscription,
    price: Price,
    quantity: int,
    requested_by: str,
    at: datetime,
    payment_id: str | None,
    *,
    new_cycle: bool,
) -> PlannedChange:
    """Another price or quantity, to be applied when its payment is paid or, without one, when the cycle ends."""
    change = PlannedChange(
        workspace_id=subscription.workspace_id,
        id=new_id("chg"),
        subscription_id=subscription.id,
        price_id=price.id,
        quantity=quantity,
        payment_id=payment_id,
        new_cycle=new_cycle,
        state=ChangeState.PENDING,
        requested_by=requested_by,
        requested_at=at,
        decided_at=None,
    )
    set_committed_value(change, "price", price)
    session.add(change)
    write(session)
    return change


def drop_pending_change(session: Session, subscription: Subscription, at: datetime) -> None:
    """Whatever is pending is dropped; it leaves before another can come."""
    if change := pending_change(session, subscription):
        change.decide(ChangeState.DROPPED, at)
        write(session)
