"""What purchases, changes and new beginnings share: the price on sale, one of each add-on, the planned change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing.locks import write
from billing.models import PlannedChange, Price, Property, Subscription
from billing.models.base import new_id
from billing.models.changes import ChangeState
from billing.queries import prices
from billing.queries.plan_changes import pending_change
from billing.queries.subscriptions import running
from billing.values.cycles import Interval
from billing.values.refusals import AlreadyBought, NotSold


def price_on_sale(session: Session, add_on_id: str, plan_id: str, interval: Interval, currency: str) -> Price:
    """The price for which the plan is sold now. Raises NotSold."""
    wanted = {"add_on_id": add_on_id, "plan_id": plan_id, "interval": interval, "currency": currency}
    price = session.scalar(prices.on_sale(), wanted)
    if price is None:
        raise NotSold(f"{add_on_id} {plan_id} {interval} {currency}")
    return price


def refuse_second(session: Session, prop: Property, add_on_id: str) -> None:
    """Raises AlreadyBought where the property, which is locked, has the add-on or is paying to have it again."""
    if session.scalar(running(), prop.key | {"add_on_id": add_on_id}) is not None:
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
