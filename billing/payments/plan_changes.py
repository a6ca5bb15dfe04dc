"""What purchases, changes and new beginnings share: the price on sale, one of each add-on, the planned change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing.locks import write
from billing.models import PlannedChange, Price, Property, Subscription
from billing.models.base import new_id
from billing.models.changes import ChangeState
from billing.queries import prices
from billing.queries.plan_changes import pending_change
from billing.queries.situations import WITH_CHANGE
from billing.queries.subscriptions import running
from billing.values.cycles import Interval
from billing.values.events import PlanChanged, PlannedChangeDropped
from billing.values.refusals import AlreadyBought, NotSold
from billing.values.snapshots import PaidTimeLost
from billing.values.terms import PlanTerms


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
    replaces: PlannedChange | None = None,
) -> PlannedChange:
    """Another price or quantity, to be applied when its payment is paid or, without one, when the cycle ends.

    It stands in the place of the change that it `replaces`.
    """
    change = PlannedChange(
        workspace_id=subscription.workspace_id,
        id=new_id("chg"),
        subscription_id=subscription.id,
        price_id=price.id,
        quantity=quantity,
        payment_id=payment_id,
        replaces_id=replaces.id if replaces else None,
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


def replaced_by(session: Session, change: PlannedChange) -> PlannedChange | None:
    """The change that it dropped."""
    if change.replaces_id is None:
        return None
    return session.get(PlannedChange, (change.workspace_id, change.replaces_id), options=(WITH_CHANGE,))


def terms_of(one: Subscription | PlannedChange) -> PlanTerms:
    """What is had, or would be with that change."""
    return PlanTerms(one.price.plan.name, one.quantity, one.price.interval)


def drop_told(
    subscription: Subscription, dropped: PlannedChange, by: str, *, is_replaced: bool = True
) -> PlannedChangeDropped:
    """What is told of a planned change that does not come, since that person asked for something else.

    Asked before the subscription is switched, for it names what it would have changed.
    """
    return PlannedChangeDropped(
        **subscription.about(),
        by=by,
        next_plan=dropped.price.plan.name,
        quantity=dropped.quantity,
        change_id=dropped.id,
        interval=dropped.price.interval,
        before_quantity=subscription.quantity,
        before_interval=subscription.price.interval,
        is_replaced=is_replaced,
    )


def change_told(
    subscription: Subscription,
    by: str,
    had: PlanTerms,
    *,
    change_id: str = "",
    lost: PaidTimeLost | None = None,
    paid: Mapping[str, Any] | None = None,
) -> PlanChanged:
    """What is told of a change that has come: what was paid for it, if anything, and what paid time went with it."""
    return PlanChanged(
        **subscription.about(),
        **(paid or {"currency": subscription.price.currency}),
        by=by,
        before=had.plan,
        change_id=change_id,
        lost_days=lost.days if lost else 0,
        lost_of_days=lost.of_days if lost else 0,
        lost_minor=lost.amount.minor if lost else 0,
        quantity=subscription.quantity,
        interval=subscription.price.interval,
        before_quantity=had.quantity,
        before_interval=had.interval or "",
    )


def drop_as_it_ends(session: Session, subscription: Subscription, at: datetime) -> list[PlannedChangeDropped]:
    """Whatever is pending goes with the plan that ends now: what is told of it."""
    dropped = drop_pending_change(session, subscription, at)
    return [drop_told(subscription, dropped, "", is_replaced=False)] if dropped else []


def drop_pending_change(session: Session, subscription: Subscription, at: datetime) -> PlannedChange | None:
    """Whatever is pending is dropped; it leaves before another can come.

    Answers what its team was told of: it is to be told of the end of that, too.
    """
    change = pending_change(session, subscription)
    if change is None:
        return None
    change.decide(ChangeState.DROPPED, at)
    write(session)
    return change if change.payment_id is None else None
