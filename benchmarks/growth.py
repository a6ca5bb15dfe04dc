"""What the same work costs as the books grow, and what more workers bring: as lines, and as a picture."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
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

SMALLEST, STEP = 1_000, 10
WORKERS = (1, 2, 4)
RENEWAL = "renewal"
GO_ON = text(
    "UPDATE subscriptions SET cancelled_at = NULL, cancelled_by = NULL WHERE cancelled_at IS NOT NULL"
)
# Collects what is owed, once it is told to, in a process of its own, and says how much CPU that took.
WORKER = """
import sys, time
from datetime import datetime
from benchmarks.due import SlowGateway
from billing.bootstrap import make_billing
from billing.services import due_work
from billing.settings import BillingSettings

now = datetime.fromisoformat(sys.argv[2])
billing = make_billing(BillingSettings(database_url=sys.argv[1]), lambda: now, SlowGateway())
billing.engine.connect().close()
print("ready", flush=True)
sys.stdin.readline()
begun = time.process_time()
due_work.each_due(billing, due_work.OWED)
print(time.process_time() - begun)
"""
Timed = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many subscriptions at most, how many of them renew, and how many payments each worker collects."""

    largest: int
    due: int
    collected: int

    def all(self) -> list[int]:
        """From the smallest, each ten times the one before."""
        sizes = [SMALLEST]
        while sizes[-1] * STEP <= self.largest:
            sizes.append(sizes[-1] * STEP)
        return sizes


def run(databases: Databases, rounds: int, sizes: Sizes, picture: Path | None) -> None:
    """Prints the lines, and draws the picture where one is asked for."""
    curves: list[Curve] = []
    for name in (SQLITE, POSTGRESQL):
        heading(f"{name}: the same work with more subscriptions, beside {SMALLEST:,} of them")
        with ExitStack() as kept:
            desks = {
                size: Desk.open(kept.enter_context(databases.both(f"desk{size}"))[name], size, sizes.due)
                for size in sizes.all()
            }
            curves += _grown(name, desks, rounds, sizes.due)
            if name == POSTGRESQL:
                heading("Payments collected, the gateway takes 200 ms, beside one worker")
                brought = _worked(desks[SMALLEST], rounds, sizes.collected)
            for desk in desks.values():
                desk.close()
    if picture:
        draw(curves, brought, picture)
        print(f"\n{picture}")


def _grown(name: str, desks: Mapping[int, Desk], rounds: int, due: int) -> list[Curve]:
    for desk in desks.values():
        desk.execute(GO_ON)
        desk.clock.now = NOW + timedelta(days=1)
    works: dict[str, dict[int, Timed]] = {
        what: {size: timed(desk) for size, desk in desks.items()} for what, timed in READS.items()
    }
    works[RENEWAL] = {size: _renewing(desk, due) for size, desk in desks.items()}
    curves = []
    for what, timed in works.items():
        for each in timed.values():
            each()  # what is compiled, planned and read from the disk once is no matter of size
        found = in_turn(rounds, {str(size): act for size, act in timed.items()})
        for size in desks:
            if size != SMALLEST:
                compared(f"{what} at {size:,}", found[str(size)], found[str(SMALLEST)], "ms")
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
    contenders = {
        str(workers): _collecting(desk, workers, collected * workers, cpu[workers]) for workers in WORKERS
    }
    found = in_turn(rounds, contenders)
    counted("1 worker", found["1"], "/s")
    for workers in WORKERS[1:]:
        compared(f"{workers} workers", found[str(workers)], found["1"], "/s")
    for workers in WORKERS:
        counted(f"CPU of all workers for each payment, {workers} of them", cpu[workers], "ms")
    return [(workers, median(found[str(workers)])) for workers in WORKERS]


def _collecting(desk: Desk, workers: int, count: int, cpu: list[float]) -> Timed:
    """How many payments so many processes collect a second; the milliseconds of CPU for each are added to `cpu`."""

    def collected() -> float:
        _owe(desk, count)
        before = _paid(desk)
        url = desk.billing.engine.url.render_as_string(hide_password=False)
        command = [sys.executable, "-c", WORKER, url, desk.clock.now.isoformat()]
        running = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(workers)
        ]
        for worker in running:
            assert worker.stdout
            assert worker.stdout.readline() == "ready\n"
        begun = time.perf_counter()
        for worker in running:
            assert worker.stdin
            worker.stdin.write("\n")
            worker.stdin.flush()
        worked = sum(float(worker.communicate()[0]) for worker in running)
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
