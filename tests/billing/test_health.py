"""Health: green on a desk that works, and what is wrong or waits on one that does not; nothing of whose it is."""

from __future__ import annotations

from datetime import timedelta

from billing.services import members, outbox, properties, verify
from billing.services.verify import INVARIANTS
from tests.billing.desk import Desk


def test_a_desk_that_works_is_green(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner, channel=None))
    assert verify.health(desk.billing, owner).verified_at is None
    verify.remember(desk.billing)
    looked_at = desk.clock.now
    desk.turn_to(plan.period_end_at)
    health = verify.health(desk.billing, owner)
    assert (health.invariants, health.broken) == (len(INVARIANTS), ())
    assert (health.due_since, health.untold, health.untold_since) == (None, 0, None)
    assert (health.verified_at, health.time_zone) == (looked_at, "Europe/Rome")


def test_what_waits_is_counted_from_its_oldest(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    bought_at, desk.clock.now = desk.clock.now, plan.period_end_at + timedelta(minutes=5)
    health = verify.health(desk.billing, owner)
    assert (health.due_since, health.untold, health.untold_since) == (plan.period_end_at, 2, bought_at)
    outbox.told(desk.billing, outbox.claim(desk.billing)[0].number)
    assert verify.health(desk.billing, owner).untold == 1


def test_a_payment_that_should_have_been_tried_again_is_due(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), token="tok_declines_later")
    desk.execute("UPDATE payments SET state = 'open', next_try_at = :at", at=str(desk.clock.now)[:26])
    desk.clock.now += timedelta(hours=1)
    assert verify.health(desk.billing, owner).due_since == desk.clock.now - timedelta(hours=1)
    assert plan.period_end_at > desk.clock.now


def test_a_truth_that_does_not_hold_is_named_and_nothing_else(desk: Desk) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    verify.remember(desk.billing)
    desk.execute("UPDATE number_series SET last = last + 1")
    desk.clock.now += timedelta(hours=23)
    verify.remember(desk.billing, every=timedelta(days=1))
    assert verify.health(desk.billing, owner).broken == ()  # as nobody has looked since
    desk.clock.now += timedelta(hours=1)
    verify.remember(desk.billing, every=timedelta(days=1))
    assert verify.health(desk.billing, owner).broken == ("counters stand at the last number",)


def test_of_what_is_wrong_in_another_workspace_nothing_is_named(desk: Desk) -> None:
    properties.register_workspace(desk.billing, "T0002", "Altrove", "it")
    owner, far = desk.owner(), desk.person("UFAR", workspace_id="T0002")
    desk.buy(owner, desk.property_of(owner))
    desk.property_of(far, "Lontano")
    desk.execute("UPDATE subscriptions SET due_at = '2030-01-01 00:00:00'")
    verify.remember(desk.billing)
    assert verify.health(desk.billing.within(owner.workspace_id), owner).broken
    assert verify.health(desk.billing.within("T0002"), far).broken == ()


def test_another_workspaces_outbox_and_due_work_are_not_counted(desk: Desk) -> None:
    properties.register_workspace(desk.billing, "T0002", "Altrove", "it")
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    far = desk.person("UFAR", workspace_id="T0002")
    properties.create(desk.billing, far, "Lontano", "Europe/Rome", "IT", is_workspace_owner=True)
    desk.clock.now += timedelta(days=40)
    health = verify.health(desk.billing, far)
    assert (health.due_since, health.untold) == (None, 0)
    assert members.listed(desk.billing, far).count == 1
