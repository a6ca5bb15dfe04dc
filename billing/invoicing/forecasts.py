"""Forecasts: what the credit balance will pay of the charges that come, in the order in which they fall due."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import heapify, heapreplace

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Drafter, Upcoming
from billing.models import Subscription
from billing.models.rules import Situation
from billing.queries.situations import situation_in
from billing.queries.subscriptions import living
from billing.values.snapshots import SubscriptionSnapshot


def snapshots_of(
    session: Session,
    drafter: Drafter,
    subscriptions: Sequence[Subscription],
    found: Mapping[str, Situation],
) -> list[SubscriptionSnapshot]:
    """What a reader sees of them, all of one workspace; `found` is what stands beside each, by its id."""
    paid: dict[str, int] = {}
    for one in {one.property_id: one for one in subscriptions if found[one.id].credit}.values():
        comes = _comes_for_property(session, drafter, one, found[one.id].at)
        paid |= credit_of_next_charges(comes, found[one.id].credit)
    return [drafter.snapshot(one, found[one.id], paid.get(one.id, 0)) for one in subscriptions]


def next_credit(
    session: Session, drafter: Drafter, subscription: Subscription, comes: Upcoming, left: int
) -> int:
    """How much of what comes for it the credit balance will pay, of which so much is `left`.

    Below zero it is what was carried so far, and is charged with it.
    """
    if not left:
        return 0
    all_of_it = _comes_for_property(session, drafter, subscription, comes.period.start_at)
    others = [one for one in all_of_it if one.subscription_id != subscription.id]
    return credit_of_next_charges([*others, comes], left).get(subscription.id, 0)


def _comes_for_property(
    session: Session, drafter: Drafter, subscription: Subscription, at: datetime
) -> list[Upcoming]:
    """The next charge of each subscription of its property that has one and can be charged."""
    of_it = {"workspace_id": subscription.workspace_id, "property_id": subscription.property_id}
    rows = session.execute(living(), of_it)
    drafted = (drafter.upcoming(row.Subscription, situation_in(row, at).change) for row in rows)
    return [one for one in drafted if one is not None]


def credit_of_next_charges(upcoming: Iterable[Upcoming], credit: int) -> dict[str, int]:
    """How much of each next charge that credit pays, by subscription: first due, first paid, as renewals do it.

    A monthly plan is charged several times before a yearly one is: later cycles cost what the next one does. Credit
    below zero was carried so far: the first charge has it on top.
    """
    queue = [(one.due_at, one.subscription_id, 0, one) for one in upcoming]
    if credit < 0:
        return {min(queue)[1]: credit} if queue else {}
    heapify(queue)
    waiting = len(queue)
    paid: dict[str, int] = {}
    while credit > 0 and waiting:
        _, id_, cycle, one = queue[0]
        used = min(credit, one.total.minor)
        credit -= used
        if cycle == 0:
            paid[id_], waiting = used, waiting - 1
        heapreplace(queue, (one.anchor.start_of(one.period.index + cycle + 1), id_, cycle + 1, one))
    return paid
