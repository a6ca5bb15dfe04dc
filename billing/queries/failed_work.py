"""Failed due work: the subscriptions that wait because what was due of them could not be done."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Update, bindparam, select, update
from sqlalchemy.orm import load_only

from billing.models import AddOn, Plan, Price, Property, Subscription
from billing.models.states import LIVING_SQL
from billing.queries.subscriptions import OF_SUBSCRIPTION

NEEDED_TO_WAIT = (
    Subscription.property_id,
    Subscription.status,
    Subscription.period_end_at,
    Subscription.due_at,
    Subscription.due_failures,
)


@cache
def failed_subscription() -> Select[Subscription]:
    """The subscription `subscription_id`, locked, with no more of its row than waiting needs.

    The rest may be what cannot be read.
    """
    return (
        select(Subscription)
        .where(*OF_SUBSCRIPTION)
        .options(load_only(*NEEDED_TO_WAIT))
        .with_for_update(skip_locked=True)
    )


@cache
def failing() -> Select[*tuple[Any, ...]]:
    """What waits because its due work failed, in all workspaces, that which has waited longest first."""
    return _names_of_failed().order_by(Subscription.period_end_at, Subscription.workspace_id, Subscription.id)


@cache
def failing_one() -> Select[*tuple[Any, ...]]:
    """The same of the subscription `subscription_id` alone."""
    return _names_of_failed().where(*OF_SUBSCRIPTION)


@cache
def wake_failing() -> Update:
    """What waits because its due work failed is due at `now`, past its version: nobody's open form is made stale."""
    return (
        update(Subscription)
        .where(LIVING_SQL, Subscription.due_failures > 0, Subscription.due_at > bindparam("now"))
        .values(due_at=bindparam("now"))
        .execution_options(synchronize_session=False)
    )


def _names_of_failed() -> Select[*tuple[Any, ...]]:
    """What is told of a failure, column by column: the rest of the row may be what cannot be read."""
    return (
        select(
            Subscription.workspace_id,
            Subscription.id,
            Subscription.property_id,
            Property.name.label("property_name"),
            Property.time_zone,
            AddOn.name.label("add_on"),
            Plan.name.label("plan"),
            Subscription.period_end_at,
            Subscription.cancelled_at,
            Subscription.due_failures,
            Subscription.due_at,
            Subscription.quarantined_at,
        )
        .join(Subscription.prop)
        .join(Subscription.price)
        .join(Price.plan)
        .join(Plan.add_on)
        .where(LIVING_SQL, Subscription.due_failures > 0)
    )
