"""What was told long ago is forgotten; what waits, was given up or is the newest stays."""

from __future__ import annotations

from datetime import timedelta

from billing.services import due_work, outbox
from billing.services.pruning import forget_told
from billing.services.verify import verify
from tests.billing.desk import Desk


def numbers(desk: Desk) -> list[int]:
    return [number for (number,) in desk.rows("SELECT number FROM outbox ORDER BY number")]


def test_what_was_told_a_month_ago_is_forgotten_in_small_batches(desk: Desk) -> None:
    owner = desk.owner()
    for name in ("Piazza", "Corso", "Porto"):
        desk.buy(owner, desk.property_of(owner, name))
        while claimed := outbox.claim(desk.billing):
            for row in claimed:
                outbox.told(desk.billing, row.number)
    *old, dead, newest = numbers(desk)
    desk.execute(
        "UPDATE outbox SET told_at = NULL, dead_at = :at WHERE number = :n",
        at=str(desk.clock.now)[:26],
        n=dead,
    )
    assert forget_told(desk.billing) == 0
    desk.clock.now += timedelta(days=29)
    desk.property_of(owner, "Ponte")
    assert forget_told(desk.billing) == 0
    desk.clock.now += timedelta(days=2)
    assert forget_told(desk.billing, size=1) == len(old)
    assert numbers(desk) == [dead, newest]
    assert due_work.run_pruning(desk.billing).left == 0
    assert {one.invariant for one in verify(desk.billing)} <= {
        "messages arrive within a day",
        "due work is done",
    }
