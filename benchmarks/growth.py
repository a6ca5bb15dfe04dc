"""What the same work costs as the books grow, and what more workers bring: as lines, and as a picture."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import text

from benchmarks.databases import POSTGRESQL, SQLITE, Databases
from benchmarks.due import MONTH, READS, Desk
from benchmarks.growth_picture import Curve, draw
from benchmarks.many import NOW
from benchmarks.measure import compared, counted, heading, in_turn
from billing.renewals import bulk

STEP = 10
WORKERS = (1, 2, 4)
RENEWAL = "renewal"
GO_ON = text(
    "UPDATE subscriptions SET cancelled_at = NULL, cancelled_by = NULL, cancel_reason = NULL "
    "WHERE cancelled_at IS NOT NULL"
)
# Collects what is owed, each time it is told the moment, in a process of its own, and says how much CPU that took.
WORKER = """
import sys, time
from datetime import datetime
from benchmarks.due import SlowGateway
from billing.bootstrap import make_billing
from billing.services import due_work
from billing.settings import BillingSettings

billing = make_billing(BillingSettings(database_url=sys.argv[1]), lambda: now, SlowGateway())
billing.engine.connect().close()
print("ready", flush=True)
for told in sys.stdin:
    now = datetime.fromisoformat(told.strip())
    begun = time.process_time()
    due_work.each_due(billing, due_work.OWED)
    print(time.process_time() - begun, flush=True)
"""
Timed = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many subscriptions there are, how many renew, how many payments a worker collects, how often it is read."""

    smallest: int
    largest: int
    due: int
    collected: int
    asked: int

    def all(self) -> list[int]:
        """From the smallest, each ten times the one before."""
        sizes = [self.smallest]
        while sizes[-1] * STEP <= self.largest:
            sizes.append(sizes[-1] * STEP)
        return sizes


def run(databases: Databases, rounds: int, sizes: Sizes, picture: Path | None) -> None:
    """Prints the lines, and draws the picture where one is asked for."""
    curves: list[Curve] = []
    for name in (SQLITE, POSTGRESQL):
        heading(f"{name}: the same work with more subscriptions, beside {sizes.smallest:,} of them")
        with ExitStack() as kept:
            desks = {
                size: Desk.open(kept.enter_context(databases.both(f"desk{size}"))[name], size, sizes.due)
                for size in sizes.all()
            }
            curves += _grown(name, desks, rounds, sizes)
            if name == POSTGRESQL:
                heading("Payments collected, the gateway takes 200 ms, beside one worker")
                brought = _worked(desks[sizes.smallest], rounds, sizes.collected)
            for desk in desks.values():
                desk.close()
    if picture:
        draw(curves, brought, picture)
        print(f"\n{picture}")


def _grown(name: str, desks: Mapping[int, Desk], rounds: int, sizes: Sizes) -> list[Curve]:
    for desk in desks.values():
        desk.execute(GO_ON)
        desk.clock.now = NOW + timedelta(days=1)
    works: dict[str, dict[int, Timed]] = {
        what: {size: timed(desk, sizes.asked) for size, desk in desks.items()}
        for what, timed in READS.items()
    }
    works[RENEWAL] = {size: _renewing(desk, sizes.due) for size, desk in desks.items()}
    curves = []
    for what, timed in works.items():
        for each in timed.values():
            each()  # what is compiled, planned and read from the disk once is no matter of size
        found = in_turn(rounds, {str(size): act for size, act in timed.items()})
        smallest, *larger = desks
        for size in larger:
            compared(f"{what} at {size:,}", found[str(size)], found[str(smallest)], "ms")
        curves.append(Curve(name, what, [(size, median(found[str(size)])) for size in desks]))
    return curves


def _renewing(desk: Desk, due: int) -> Timed:
    """The milliseconds that each renewal takes."""
    if desk.clock.now < NOW + MONTH:
        desk.clock.now = NOW + timedelta(days=1)

    def renewed() -> float:
        desk.clock.now += MONTH
        begun = time.perf_counter()
        assert bulk.renew(desk.billing) == due
        return (time.perf_counter() - begun) / due * 1000

    return renewed


def _worked(desk: Desk, rounds: int, collected: int) -> list[tuple[int, float]]:
    cpu: dict[int, list[float]] = {workers: [] for workers in WORKERS}
    with _running(desk, max(WORKERS)) as running:
        contenders = {
            str(workers): _collecting(desk, running[:workers], collected * workers, cpu[workers])
            for workers in WORKERS
        }
        contenders[str(max(WORKERS))]()  # a worker's first statements are no matter of how many there are
        cpu[max(WORKERS)].clear()
        found = in_turn(rounds, contenders)
    counted("1 worker", found["1"], "/s")
    for workers in WORKERS[1:]:
        compared(f"{workers} workers", found[str(workers)], found["1"], "/s")
    for workers in WORKERS:
        counted(f"CPU of all workers for each payment, {workers} of them", cpu[workers], "ms")
    return [(workers, median(found[str(workers)])) for workers in WORKERS]


@contextmanager
def _running(desk: Desk, workers: int) -> Iterator[list[subprocess.Popen[str]]]:
    """So many workers that wait to be told; they end with the block."""
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, url]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    try:
        for worker in running:
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        yield running
    finally:
        for worker in running:
            worker.communicate()


def _collecting(desk: Desk, running: list[subprocess.Popen[str]], count: int, cpu: list[float]) -> Timed:
    """How many payments these workers collect a second; the milliseconds of CPU for each are added to `cpu`."""

    def collected() -> float:
        _owe(desk, count)
        before = _paid(desk)
        begun = time.perf_counter()
        for worker in running:
            assert worker.stdin
            worker.stdin.write(f"{desk.clock.now.isoformat()}\n")
            worker.stdin.flush()
        worked = 0.0
        for worker in running:
            assert worker.stdout
            worked += float(worker.stdout.readline())
        taken = time.perf_counter() - begun
        cpu.append(worked / count * 1000)
        assert _paid(desk) - before == count
        return count / taken

    return collected


def _paid(desk: Desk) -> int:
    with desk.billing.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM payments WHERE state = 'paid'")) or 0)


def _owe(desk: Desk, count: int) -> None:
    """So many payments are open, and none of them was tried."""
    open_ones = desk.execute(text("UPDATE payments SET next_try_at = NULL WHERE state = 'open'"))
    while open_ones < count:
        desk.clock.now += MONTH
        open_ones += bulk.renew(desk.billing)
        desk.execute(text("UPDATE payments SET next_try_at = NULL WHERE state = 'open'"))
    desk.execute(
        text(
            "UPDATE payments SET next_try_at = created_at WHERE id IN "
            f"(SELECT id FROM payments WHERE state = 'open' AND tries = 0 ORDER BY created_at, id LIMIT {count})"
        )
    )
