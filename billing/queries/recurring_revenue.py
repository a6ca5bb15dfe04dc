"""Recurring revenue as the facts have it: what each plan was at a moment, and who has ever paid for one."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from billing.models import Fact, Price, Subscription
from billing.models.subscriptions import Status
from billing.queries.in_sql import amount_in
from billing.values.facts import FactType

PAYING = (Status.ACTIVE, Status.PAST_DUE)
OF_SUBSCRIPTIONS = tuple(type_ for type_ in FactType if type_.startswith("subscription."))


@cache
def plans_at(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """Each plan as its newest fact before `at` has it, ended ones too. `of_one`: of `workspace_id` alone."""
    newest = (
        select(func.max(Fact.number).label("number"))
        .where(Fact.type.in_(OF_SUBSCRIPTIONS), Fact.at < bindparam("at"), *_scope(Fact, of_one=of_one))
        .group_by(Fact.workspace_id, Fact.subject_id)
        .subquery()
    )
    state = Fact.state
    return select(
        Fact.workspace_id,
        Fact.subject_id,
        Fact.property_id,
        state["status"].as_string().label("status"),
        state["interval"].as_string().label("interval"),
        state["quantity"].as_integer().label("quantity"),
        amount_in(state["unit_price"]["minor"]).label("minor"),
        state["unit_price"]["currency"].as_string().label("currency"),
        state["cancelled_at"].as_string().label("cancelled_at"),
        state["period_end_at"].as_string().label("period_end_at"),
        state["ended_at"].as_string().label("ended_at"),
    ).join(newest, newest.c.number == Fact.number)


@cache
def paid_before(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """The properties that had a plan with a price before `at`, not counting free trials."""
    state = Fact.state
    return (
        select(Fact.workspace_id, Fact.property_id)
        .where(
            Fact.type.in_(OF_SUBSCRIPTIONS),
            Fact.at < bindparam("at"),
            state["status"].as_string().in_(tuple(map(str, PAYING))),
            amount_in(state["unit_price"]["minor"]) > 0,
            *_scope(Fact, of_one=of_one),
        )
        .distinct()
    )


@cache
def plans_as_they_stand(*, of_one: bool) -> Select[*tuple[Any, ...]]:
    """What the plans that are paid for cost by currency and interval now, as the subscriptions themselves say."""
    return (
        select(Price.currency, Price.interval, func.sum(Price.minor * Subscription.quantity).label("minor"))
        .select_from(Subscription)
        .join(Price, Price.id == Subscription.price_id)
        .where(Subscription.status.in_(PAYING), *_scope(Subscription, of_one=of_one))
        .group_by(Price.currency, Price.interval)
    )


def _scope(model: type[Fact | Subscription], *, of_one: bool) -> tuple[ColumnElement[bool], ...]:
    return (model.workspace_id == bindparam("workspace_id"),) if of_one else ()
