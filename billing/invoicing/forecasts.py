"""Forecasts: who will pay for the charges that come, in the order in which they fall due."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from heapq import heapify, heapreplace

from sqlalchemy.orm import Session

from billing.invoicing.drafts import Drafter, Upcoming
from billing.models import Subscription
from billing.models.rules import Situation
from billing.queries.situations import situation_in
from billing.queries.subscriptions import living
from billing.values.charges import ChargeLimits
from billing.values.money import Money
from billing.values.refusals import AmountNotCharged
from billing.values.shares import NextCharge, Shares
from billing.values.snapshots import SubscriptionSnapshot

Limits = Callable[[str], ChargeLimits]


def snapshots_of(
    session: Session,
    drafter: Drafter,
    limits: Limits,
    subscriptions: Sequence[Subscription],
    found: Mapping[str, Situation],
) -> list[SubscriptionSnapshot]:
    """What a reader sees of them, all of one workspace; `found` is what stands beside each, by its id."""
    upcoming = {one.id: drafter.upcoming(one, found[one.id].change) for one in subscriptions}
    charges = {id_: _alone(comes, limits) for id_, comes in upcoming.items() if comes is not None}
    # One with all of its charge on the card takes nothing from the others of its property, and leaves them nothing.
    shared = (one for one in subscriptions if found[one.id].credit or not _by_card(charges.get(one.id)))
    for one in {one.property_id: one for one in shared}.values():
        comes = _comes_for_property(session, drafter, one, found[one.id].at)
        charges |= next_charges(comes, found[one.id].credit, limits)
    return [drafter.snapshot(one, found[one.id], charges.get(one.id)) for one in subscriptions]


def next_charge(
    session: Session,
    drafter: Drafter,
    limits: Limits,
    subscription: Subscription,
    comes: Upcoming,
    left: int,
) -> NextCharge:
    """Who will pay for what comes for it, where so much of the credit balance is left.

    Below zero it is what was carried so far, and is charged with it. Raises AmountNotCharged for more than the
    gateway takes at once: nothing is begun that could never be paid.
    """
    charge = _alone(comes, limits)
    if left or not _by_card(charge):
        all_of_it = _comes_for_property(session, drafter, subscription, comes.period.start_at)
        others = [one for one in all_of_it if one.subscription_id != subscription.id]
        charge = next_charges([*others, comes], left, limits)[subscription.id]
    currency = charge.amount.currency
    if charge.amount.minor > (most := limits(currency).most):
        raise AmountNotCharged(charge.amount, Money(most, currency))
    return charge


def _alone(comes: Upcoming, limits: Limits) -> NextCharge:
    return comes.charge(_shares(comes, 0, limits))


def _shares(comes: Upcoming, left: int, limits: Limits) -> Shares:
    return Shares.split(comes.total.minor, max(left, 0), max(-left, 0), limits(comes.total.currency))


def _by_card(charge: NextCharge | None) -> bool:
    return charge is None or charge.carried.minor == 0


def _comes_for_property(
    session: Session, drafter: Drafter, subscription: Subscription, at: datetime
) -> list[Upcoming]:
    """The next charge of each subscription of its property that has one and can be charged."""
    of_it = {"workspace_id": subscription.workspace_id, "property_id": subscription.property_id}
    rows = session.execute(living(), of_it)
    drafted = (drafter.upcoming(row.Subscription, situation_in(row, at).change) for row in rows)
    return [one for one in drafted if one is not None]


def next_charges(upcoming: Sequence[Upcoming], left: int, limits: Limits) -> dict[str, NextCharge]:
    """Who pays each next charge, by subscription: first due, first paid from the balance, as renewals do it.

    A monthly plan is charged several times before a yearly one is: later cycles cost what the next one does. A
    balance below zero was carried so far, as what is too little to charge is: the next charge has it on top.
    """
    found = {one.subscription_id: _alone(one, limits) for one in upcoming}
    all_by_card = all(_by_card(charge) for charge in found.values())
    queue = [(one.due_at, one.subscription_id, 0, one) for one in upcoming]
    heapify(queue)
    waiting = len(queue)
    while waiting and (left or not all_by_card):
        _, id_, cycle, one = queue[0]
        shares = _shares(one, left, limits)
        left = shares.left
        if cycle == 0:
            found[id_], waiting = one.charge(shares), waiting - 1
        heapreplace(queue, (one.anchor.start_of(one.period.index + cycle + 1), id_, cycle + 1, one))
    return found
