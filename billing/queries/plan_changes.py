"""Plan changes: those that are asked for and have not happened yet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, joinedload

from billing.models import Plan, PlannedChange, Price, Subscription
from billing.models.changes import ChangeState


@cache
def pending() -> Select[PlannedChange]:
    """The pending changes of `subscription_ids`, each with its price, plan and add-on."""
    return (
        select(PlannedChange)
        .where(
            PlannedChange.workspace_id == bindparam("workspace_id"),
            PlannedChange.subscription_id.in_(bindparam("subscription_ids", expanding=True)),
            PlannedChange.state == ChangeState.PENDING,
        )
        .options(joinedload(PlannedChange.price).joinedload(Price.plan).joinedload(Plan.add_on))
    )


def pending_changes(session: Session, subscriptions: Sequence[Subscription]) -> Sequence[PlannedChange]:
    """The changes that are asked for and have not happened yet; all are of one workspace."""
    if not subscriptions:
        return ()
    of_them = {
        "workspace_id": subscriptions[0].workspace_id,
        "subscription_ids": [one.id for one in subscriptions],
    }
    return session.scalars(pending(), of_them).all()


def pending_change(session: Session, subscription: Subscription) -> PlannedChange | None:
    """The one change of the subscription that has not happened yet."""
    return next(iter(pending_changes(session, [subscription])), None)
