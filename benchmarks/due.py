"""Due work: endings, renewals and collections beside their floors, and reads that stay flat with a million rows."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import text, update

from benchmarks import renewals_floor
from benchmarks.databases import POSTGRESQL, SQLITE, Databases
from benchmarks.many import NOW, OWNER, WORKSPACE, fill
from benchmarks.measure import at_least, at_most, compared, counted, heading, in_turn
from billing import Actor, Billing
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.bootstrap import make_billing
from billing.models import Base, Subscription
from billing.models.subscriptions import Status
from billing.ports import Answer, ChargeOrder, Outcome
from billing.renewals import bulk, bulk_endings
from billing.services import changes, due_work, listings, seals, subscriptions
from billing.services.changes import PlanSelection
from billing.settings import BillingSettings
from billing.values.cycles import Interval

LATER = NOW + timedelta(days=40)
MONTH = timedelta(days=31)
FEW, ONE_BY_ONE, COLLECTED, WRITTEN = 1_000, 200, 600, 100
GATEWAY_SECONDS = 0.2
MANY_DUE = 100_000
OF_THE_UPDATE = {POSTGRESQL: 0.25, SQLITE: 0.4}
OF_ONE_BY_ONE = {POSTGRESQL: 80.0, SQLITE: 25.0}
OF_PURE_SQL = 0.6
OF_A_SMALL_DESK = {POSTGRESQL: 1.2, SQLITE: 2.0}
ENTITLEMENT, FLAT = "entitlement of a property", 1.2
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
GOING_ON = update(Subscription).values(cancelled_at=None, cancelled_by=None, cancel_reason=None)
# Renews all that is due in a process of its own, and says how much memory it took at most.
ALONE = """
import sys
from datetime import datetime
from benchmarks.measure import peak_memory
from billing.renewals import bulk, bulk_endings
from billing.bootstrap import make_billing
from billing.settings import BillingSettings

billing = make_billing(BillingSettings(database_url=sys.argv[1]), lambda: datetime.fromisoformat(sys.argv[2]))
assert bulk.renew(billing) == int(sys.argv[3])
print(peak_memory())
"""


@dataclass
class Clock:
    """A clock that stands where it is put."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now


class SlowGateway(SandboxGateway):
    """Says yes to everything after a fifth of a second; its ids are as long as Stripe's."""

    def open(self, order: ChargeOrder) -> str:
        return f"pi_{_digits_of(order.payment_key)}"

    def charge(self, order: ChargeOrder) -> Outcome:
        time.sleep(GATEWAY_SECONDS)
        return Outcome(Answer.SUCCEEDED, f"ch_{_digits_of(order.key)}")


def _digits_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Desk:
    """A desk with many subscriptions, and its clock."""

    billing: Billing
    clock: Clock

    @classmethod
    def open(cls, url: str, subscriptions: int, due: int) -> Desk:
        clock = Clock()
        billing = make_billing(BillingSettings(database_url=url), clock, SlowGateway())
        fill(billing, subscriptions, due)
        clock.now = LATER
        return cls(billing, clock)

    def execute(self, statement: object) -> int:
        with self.billing.engine.begin() as connection:
            return connection.execute(statement).rowcount  # type: ignore[call-overload, no-any-return]

    def analyze(self) -> None:
        self.execute(text("ANALYZE"))

    def close(self) -> None:
        self.billing.engine.dispose()


def run(databases: Databases, rounds: int, subscriptions: int, due: int, many: int, asked: int) -> None:
    """Prints the lines about due work."""
    heading(f"Ending {due:,} cancelled plans of {subscriptions:,}, each with audit entry and outbox row")
    with databases.both() as urls:
        for name, url in urls.items():
            _end(name, Desk.open(url, subscriptions, due), rounds, due)
    heading(f"Renewing {due:,}, beside the same rows from SQL alone")
    with databases.both() as urls:
        for name, url in urls.items():
            _renew(name, url, Desk.open(url, due, due), rounds, due)
    heading(f"Reads at {many:,} subscriptions, beside the same at {FEW:,}")
    with databases.both("large") as large, databases.both("small") as small:
        for name in (SQLITE, POSTGRESQL):
            desks = {"many": Desk.open(large[name], many, 0), "few": Desk.open(small[name], FEW, 0)}
            for what, timed in READS.items():
                found = in_turn(rounds, {size: timed(desk, asked) for size, desk in desks.items()})
                target = at_most(FLAT if what == ENTITLEMENT else OF_A_SMALL_DESK[name])
                compared(f"{name}, {what}", found["many"], found["few"], "ms", target)
            for desk in desks.values():
                desk.close()


def _end(name: str, desk: Desk, rounds: int, due: int) -> None:
    contenders = {
        "ours": lambda: _ended(desk, due, lambda: bulk_endings.end_cancelled(desk.billing)),
        "bare": lambda: _ended(desk, due, lambda: desk.execute(BARE)),
        "one by one": lambda: _ended_one_by_one(desk, min(due, ONE_BY_ONE)),
    }
    found = in_turn(rounds, contenders)
    # Both targets are for many: what is as fast for few beside a table as small is no measure of it.
    is_judged = due >= MANY_DUE
    of_update = at_least(OF_THE_UPDATE[name]) if is_judged else None
    of_one = at_least(OF_ONE_BY_ONE[name]) if is_judged else None
    compared(f"{name}, beside one bare UPDATE", found["ours"], found["bare"], "/s", of_update)
    compared(f"{name}, beside one at a time", found["ours"], found["one by one"], "/s", of_one)
    desk.close()


def _ended(desk: Desk, due: int, act: Callable[[], int]) -> float:
    begun = time.perf_counter()
    ended = act()
    taken = time.perf_counter() - begun
    assert ended == due
    desk.execute(AGAIN)
    return due / taken


def _ended_one_by_one(desk: Desk, count: int) -> float:
    """Only some of them: the others are put out of its sight."""
    some = f"SELECT id FROM subscriptions ORDER BY due_at, id LIMIT {count}"
    desk.execute(text(f"UPDATE subscriptions SET due_at = '2099-01-01' WHERE id NOT IN ({some})"))
    begun = time.perf_counter()
    report = due_work.each_due(desk.billing, replace(due_work.CYCLES, in_bulk=None))
    taken = time.perf_counter() - begun
    assert report.ended == count
    desk.execute(text("UPDATE subscriptions SET due_at = period_end_at"))
    desk.execute(AGAIN)
    return count / taken


def _renew(name: str, url: str, desk: Desk, rounds: int, due: int) -> None:
    desk.clock.now = NOW
    desk.execute(GOING_ON)
    _renewed(desk, due, lambda: bulk.renew(desk.billing))  # the tables are no longer empty, and known
    desk.analyze()
    contenders = {
        "ours": lambda: _renewed(desk, due, lambda: bulk.renew(desk.billing)),
        "floor": lambda: _renewed(
            desk, due, lambda: renewals_floor.renew(desk.billing.engine, desk.clock.now)
        ),
    }
    found = in_turn(rounds, contenders)
    compared(f"{name}, renewals", found["ours"], found["floor"], "/s", at_least(OF_PURE_SQL))
    desk.clock.now += MONTH
    command = [sys.executable, "-c", ALONE, url, desk.clock.now.isoformat(), str(due)]
    memory = float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    counted(f"{name}, memory for {due:,} due", [memory], "MB", at_most(300))
    count = min(due, COLLECTED)
    desk.execute(text("UPDATE payments SET next_try_at = NULL"))
    desk.execute(
        text(
            "UPDATE payments SET next_try_at = created_at WHERE id IN "
            f"(SELECT id FROM payments WHERE state = 'open' AND tries = 0 ORDER BY id LIMIT {count})"
        )
    )
    begun, worked = time.perf_counter(), time.process_time()
    report = due_work.each_due(desk.billing, due_work.OWED)
    assert report.collected == count
    speed = count / (time.perf_counter() - begun)
    cpu = (time.process_time() - worked) / count * 1000
    counted(f"{name}, collected, the gateway takes 200 ms", [speed], "/s", at_least(70))
    counted(f"{name}, CPU of the process for each collected", [cpu], "ms", at_most(5))
    if name == POSTGRESQL:
        _written(desk, min(due, WRITTEN))
    desk.close()


def _written(desk: Desk, count: int) -> None:
    """What a renewal leaves once it is collected and sealed: its rows, new or changed, as PostgreSQL keeps them."""
    desk.clock.now += MONTH
    some = f"SELECT id FROM subscriptions ORDER BY due_at, id LIMIT {count}"
    desk.execute(text(f"UPDATE subscriptions SET due_at = '2099-01-01' WHERE id NOT IN ({some})"))
    seals.head(desk.billing)  # all that waits: what earlier rounds wrote is none of these
    with desk.billing.engine.begin() as connection:
        before = connection.scalar(text("SELECT txid_current()"))
    assert due_work.run_due(desk.billing).collected == count
    rows = size = 0
    with desk.billing.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            of_it = f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0) FROM {table.name} t"
            found = connection.execute(text(f"{of_it} WHERE xmin::text::bigint > {before}")).one()
            rows, size = rows + found[0], size + int(found[1])
            if found[0] >= count:
                counted(f"{POSTGRESQL}, of them in {table.name}", [found[1] / count], "B")
    counted(f"{POSTGRESQL}, rows of a renewal", [rows / count], "")
    counted(f"{POSTGRESQL}, bytes of a renewal", [size / count / 1000], "kB", at_most(5))


def _renewed(desk: Desk, due: int, act: Callable[[], int]) -> float:
    desk.clock.now += MONTH
    begun = time.perf_counter()
    renewed = act()
    taken = time.perf_counter() - begun
    assert renewed == due
    return due / taken


def _tick(desk: Desk, times: int) -> Callable[[], float]:
    return _milliseconds(times, lambda: due_work.run_due(desk.billing))


def _preview_change(desk: Desk, times: int) -> Callable[[], float]:
    owner, bought = Actor(WORKSPACE, OWNER), _bought(desk)
    wish = PlanSelection("business", Interval.MONTH)
    return _milliseconds(times, lambda: changes.preview_change(desk.billing, owner, bought, wish))


def _preview_cancellation(desk: Desk, times: int) -> Callable[[], float]:
    owner, bought = Actor(WORKSPACE, OWNER), _bought(desk)
    return _milliseconds(times, lambda: subscriptions.preview_cancel(desk.billing, owner, bought, "Too dear"))


def _bought(desk: Desk) -> str:
    """The one subscription that a service made, back in its first days."""
    desk.clock.now = NOW + timedelta(days=1)
    with desk.billing.engine.connect() as connection:
        found = text("SELECT id FROM subscriptions WHERE property_id IN (SELECT property_id FROM members)")
        return str(connection.execute(found).scalar_one())


def _milliseconds(times: int, act: Callable[[], object]) -> Callable[[], float]:
    def measured() -> float:
        begun = time.perf_counter()
        for _ in range(times):
            act()
        return (time.perf_counter() - begun) / times * 1000

    return measured


def _entitlement(desk: Desk, times: int) -> Callable[[], float]:
    found = subscriptions.look_at(desk.billing, Actor(WORKSPACE, OWNER), _bought(desk))
    return _milliseconds(times, lambda: listings.entitlements(desk.billing, WORKSPACE, found.property_id))


READS = {
    "the tick that finds nothing": _tick,
    "preview of another plan": _preview_change,
    "preview of a cancellation": _preview_cancellation,
    ENTITLEMENT: _entitlement,
}
