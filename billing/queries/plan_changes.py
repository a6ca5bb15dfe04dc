"""Plan changes: those that are asked for and have not happened yet."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from billing.models import Plan, PlannedChange, Price, Subscription
from billing.models.changes import ChangeState


@cache
def pending() -> Select[PlannedChange]:
    """The pending change of `subscription_id`, with its price, plan and add-on."""
    return (
        select(PlannedChange)
        .where(
            PlannedChange.workspace_id == bindparam("workspace_id"),
            PlannedChange.subscription_id == bindparam("subscription_id"),
            PlannedChange.state == ChangeState.PENDING,
        )
        .options(joinedload(PlannedChange.price).joinedload(Price.plan).joinedload(Plan.add_on))
    )


def pending_change(session: Session, subscription: Subscription) -> PlannedChange | None:
    """The one change of the subscription that has not happened yet."""
    of_it = {"workspace_id": subscription.workspace_id, "subscription_id": subscription.id}
    return session.scalar(pending(), of_it)
