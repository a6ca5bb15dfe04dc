"""Billing Admin of a plan is who chose its card last (product, line 29), also where that takes its bank a while."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, members, payment_methods, subscriptions
from billing.values.actors import Role
from billing.values.cycles import Interval
from billing.values.refusals import IsBillingAdmin
from billing.values.snapshots import PropertySnapshot, SubscriptionSnapshot
from tests.billing.desk import Desk


def asked_to_restart(desk: Desk, owner: Actor, prop: PropertySnapshot, *, by: Actor) -> SubscriptionSnapshot:
    """The owner's plan, which has ended, and which somebody has asked their bank to begin anew."""
    plan = desk.buy(owner, prop)
    subscriptions.cancel(desk.billing, owner, plan.id, "dear")
    desk.turn_to(plan.period_end_at)
    desk.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    subscriptions.restart(desk.billing, by, plan.id, key="again")
    return plan


def test_who_restarts_a_plan_stays_until_that_is_decided(desk: Desk) -> None:
    """As soon as their bank says yes they pay for it."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    asked_to_restart(desk, owner, piazza, by=admin)
    with pytest.raises(IsBillingAdmin) as refused:
        members.set_role(desk.billing, owner, piazza.id, "UADMIN", Role.AGENT)
    assert refused.value.subscriptions == ("Live Chat",)
    desk.turn(days=1)  # nobody confirmed: it stays ended
    members.set_role(desk.billing, owner, piazza.id, "UADMIN", Role.AGENT)


def test_who_chooses_another_card_for_a_restart_pays_for_it_from_then_on(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin, other = (desk.member(owner, piazza, name, Role.ADMIN) for name in ("UADMIN", "UOTHER"))
    plan = asked_to_restart(desk, owner, piazza, by=admin)
    payment_methods.choose(desk.billing, other, plan.id, desk.card(owner, piazza, "tok_other"))
    (restarted,) = desk.rows("SELECT status, billing_admin_id FROM subscriptions")
    assert tuple(restarted) == ("active", "UOTHER")
    members.set_role(desk.billing, owner, piazza.id, "UADMIN", Role.AGENT)


def test_who_changes_a_plan_of_somebody_else_does_not_pay_for_it_from_then_on(desk: Desk) -> None:
    """Nobody chose another card: a change that begins a new cycle is no exception."""
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    plan = desk.buy(owner, piazza)
    desk.turn(hours=1)
    changed = changes.change(
        desk.billing, admin, plan.id, changes.PlanSelection("basic", Interval.YEAR), key="yearly"
    )
    assert (changed.subscription.interval, changed.subscription.status) == ("year", "active")
    (row,) = desk.rows("SELECT billing_admin_id FROM subscriptions")
    assert row.billing_admin_id == owner.user_id
