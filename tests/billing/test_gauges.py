"""The desk in numbers: what waits is counted, and since when."""

from __future__ import annotations

from datetime import timedelta

from billing.services import copies, gauges
from billing.services.gauges import Waiting
from tests.billing.desk import Desk


def test_what_waits_is_counted_with_the_age_of_its_oldest(desk: Desk) -> None:
    owner = desk.owner()
    quiet = gauges.read(desk.billing)
    assert (quiet.due_seconds, quiet.events, quiet.is_held) == (0.0, Waiting(), False)
    assert set(quiet.outbox.values()) == set(quiet.attempts.values()) == {Waiting()}
    bought_at, plan = desk.clock.now, desk.buy(owner, desk.property_of(owner))
    desk.execute("UPDATE payment_methods SET token = 'tok_silent_after'")
    desk.turn_to(plan.period_end_at)
    desk.clock.now += timedelta(seconds=40)
    desk.execute("UPDATE subscriptions SET quarantined_at = :at", at=str(desk.clock.now)[:26])
    copies.hold(desk.billing, "A drill.")
    seen = gauges.read(desk.billing)
    assert seen.attempts["unknown"] == Waiting(1, 40.0)
    assert seen.outbox["slack_channel"].count >= 1
    assert seen.outbox["slack_channel"].seconds == (desk.clock.now - bought_at).total_seconds()
    assert (seen.quarantined_renewals, seen.dead_letters, seen.is_held) == (1, 0, True)
