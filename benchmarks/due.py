"""Due work: ending cancelled plans beside one bare UPDATE, and the tick that finds nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update

from benchmarks import databases
from benchmarks.databases import POSTGRESQL, SQLITE
from benchmarks.many import NOW, fill
from benchmarks.measure import at_least, at_most, compared, heading, in_turn
from billing import Billing
from billing.bootstrap import make_billing
from billing.domain.models import Subscription
from billing.domain.models.subscriptions import Status
from billing.services import renewals
from billing.settings import BillingSettings

LATER = NOW + timedelta(days=40)
FEW = 1_000
TICKS = 50
OF_THE_UPDATE = {POSTGRESQL: 0.25, SQLITE: 0.4}
OF_A_SMALL_DESK = {POSTGRESQL: 1.2, SQLITE: 2.0}
BARE = (
    update(Subscription)
    .where(Subscription.status != Status.ENDED, Subscription.period_end_at <= LATER)
    .where(Subscription.cancelled_at.is_not(None))
    .values(status=Status.ENDED, ended_at=Subscription.period_end_at, version=Subscription.version + 1)
)
AGAIN = (
    update(Subscription)
    .where(Subscription.status == Status.ENDED)
    .values(status=Status.ACTIVE, ended_at=None, version=1)
)


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now


def run(rounds: int, subscriptions: int, due: int, many: int) -> None:
    """Prints the lines about due work."""
    heading(
        f"Ending {due:,} cancelled plans of {subscriptions:,}, beside one bare UPDATE in the same database"
    )
    with databases.both() as urls:
        for name, url in urls.items():
            _end(name, url, rounds, subscriptions, due)
    heading(f"The tick that finds nothing due, at {many:,} subscriptions beside {FEW:,}")
    with databases.both() as large, databases.both() as small:
        for name in (SQLITE, POSTGRESQL):
            desks = {"many": _desk(large[name], many, 0), "few": _desk(small[name], FEW, 0)}
            found = in_turn(rounds, {size: _tick(desk) for size, desk in desks.items()})
            target = at_most(OF_A_SMALL_DESK[name])
            compared(f"{name}, one tick", found["many"], found["few"], "ms", target)
            for desk in desks.values():
                desk.engine.dispose()


def _desk(url: str, subscriptions: int, due: int) -> Billing:
    clock = Clock()
    billing = make_billing(BillingSettings(database_url=url), clock)
    fill(billing, subscriptions, due)
    clock.now = LATER
    return billing


def _end(name: str, url: str, rounds: int, subscriptions: int, due: int) -> None:
    billing = _desk(url, subscriptions, due)
    contenders = {"ours": lambda: _ended_by_us(billing, due), "bare": lambda: _ended_by_update(billing, due)}
    found = in_turn(rounds, contenders)
    compared(f"{name}, renewals.run_due", found["ours"], found["bare"], "/s", at_least(OF_THE_UPDATE[name]))
    billing.engine.dispose()


def _ended_by_us(billing: Billing, due: int) -> float:
    begun = time.perf_counter()
    report = renewals.run_due(billing)
    taken = time.perf_counter() - begun
    assert (report.ended, report.renewed, report.left) == (due, 0, 0)
    _revive(billing)
    return due / taken


def _ended_by_update(billing: Billing, due: int) -> float:
    begun = time.perf_counter()
    with billing.engine.begin() as connection:
        changed = connection.execute(BARE).rowcount
    taken = time.perf_counter() - begun
    assert changed == due
    _revive(billing)
    return due / taken


def _revive(billing: Billing) -> None:
    with billing.engine.begin() as connection:
        connection.execute(AGAIN)


def _tick(billing: Billing) -> Callable[[], float]:
    def milliseconds() -> float:
        begun = time.perf_counter()
        for _ in range(TICKS):
            renewals.run_due(billing)
        return (time.perf_counter() - begun) / TICKS * 1000

    return milliseconds
