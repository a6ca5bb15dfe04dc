"""When the due work runs: a tick that asks what is due. The rows decide, not the tick."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from time import monotonic

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from billing import traces
from billing.adapters import partitions
from billing.bootstrap import real_time
from billing.ports import GatewayUnavailable, Poster
from billing.renewals.single import DueReport
from billing.services import copies, due_work, exchange_rates, monthly_reports, vies, webhook_deliveries
from billing.work import Billing

TICK_SECONDS = 15
SDI_SECONDS = 60
# Nothing hangs on what is done each hour, and pruning looks at each message that is kept.
HOUR_SECONDS = 3600
# The first people are served meanwhile.
VERIFY_AFTER_SECONDS = 60.0
# Together with what a server takes to answer what has begun, less than who stops us waits before they kill.
FINISH_SECONDS = 8.0
# What moves further within one tick was put forward or back.
MAX_CLOCK_STEP = 2.0
# How often it is looked for webhooks to send, and to how many endpoints they are sent at a time, beside slow ones.
WEBHOOK_SECONDS, ENDPOINTS_AT_A_TIME, SLOW_ENDPOINTS_AT_A_TIME = 1.0, 20, 10
log = structlog.get_logger()


def make_scheduler(
    billing: Billing,
    seconds: float = TICK_SECONDS,
    post: Callable[[], int] | None = None,
    beat: Callable[[], None] | None = None,
    poster: Poster | None = None,
    sdi_post: Callable[[], int] | None = None,
    sdi_seconds: float = SDI_SECONDS,
) -> BackgroundScheduler:
    """A scheduler that does the due work at its start and then at every tick; the caller starts and stops it.

    Plans end and renew at ticks of their own, whatever the gateway is doing; so does what is collected, what the
    gateway is asked after, and mail, which goes out by `post`: who is slow keeps nobody else waiting. Webhooks go
    out by `poster` at any time, e-invoices by `sdi_post` at ticks that a mailbox can bear.

    A late tick is done late, never dropped, and two of one kind never overlap. `beat` is called whenever the work on
    plans does something, however long that work is. What failed before the start is tried at once: a setting may have
    been what it lacked.
    """
    scheduler = BackgroundScheduler(timezone="UTC")
    plans = replace(billing, clock=_noticed(billing.clock, beat)) if beat else billing
    proof = Proof(billing)
    _tick(scheduler, "plans", partial(proof.plans, plans), seconds)
    _tick(scheduler, "polls", partial(proof.polls, billing), seconds)
    _tick(scheduler, "payments", partial(proof.payments, billing), seconds)
    _tick(scheduler, "seals", partial(due_work.run_seals, billing), seconds)
    if billing.vies is not None:
        _tick(scheduler, "VAT numbers", partial(due_work.guarded, billing, vies.run), seconds)
        _tick(scheduler, "new VAT numbers", partial(due_work.guarded, billing, vies.discover), HOUR_SECONDS)
    if billing.rate_source is not None:
        _tick(
            scheduler, "exchange rates", partial(due_work.guarded, billing, exchange_rates.run), HOUR_SECONDS
        )
    _tick(scheduler, "pruning", partial(due_work.run_pruning, billing), HOUR_SECONDS)
    _tick(scheduler, "card reminders", partial(proof.card_reminders, billing), HOUR_SECONDS)
    if billing.engine.dialect.name == "postgresql":
        _tick(scheduler, "partitions", partial(due_work.guarded, billing, _partitions), HOUR_SECONDS)
    _tick(scheduler, "monthly report", partial(monthly_reports.run, billing), HOUR_SECONDS)
    verification = partial(due_work.run_verification, billing)
    _tick(scheduler, "verification", verification, seconds, after=VERIFY_AFTER_SECONDS)
    if post is not None:
        _tick(scheduler, "mail", partial(proof.mail, post), seconds)
    if sdi_post is not None:
        _tick(scheduler, "e-invoices", partial(proof.e_invoices, sdi_post), sdi_seconds)
    if poster is not None:
        # One job that ends with the process.
        scheduler.add_job(partial(proof.webhooks, billing, poster), misfire_grace_time=None)
    return scheduler


def make_watch(billing: Billing) -> BackgroundScheduler:
    """A scheduler for who leaves the due work to another process: it looks whether these books are on hold."""
    scheduler = BackgroundScheduler(timezone="UTC")
    _tick(scheduler, "watch", Proof(billing).watch, TICK_SECONDS)
    return scheduler


@contextmanager
def working(
    billing: Billing, scheduler: BackgroundScheduler, seconds: float = TICK_SECONDS
) -> Iterator[None]:
    """Lets it work meanwhile. At the end the rows that are being worked are finished, for some seconds at most.

    What a gateway does not answer by then is asked after at the next start, as after a crash: the process ends there.
    All `seconds` it is looked whether the machine's clock was put forward or back.
    """
    scheduler.start()
    Thread(target=_follow_machine_clock, args=(scheduler, billing.stopping, seconds), daemon=True).start()
    try:
        yield
    finally:
        billing.stopping.set()
        ending = Thread(target=scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(FINISH_SECONDS)
        if ending.is_alive():
            sys.stderr.write("Due work was left: the next start takes it up.\n")
            sys.stderr.flush()
            os._exit(0)  # the threads that wait for the gateway would be waited for


class Proof:
    """Before this process does anything that is due, it is looked whether these books are a copy (`services.copies`).

    A gateway that gives no answer to that is asked to collect nothing either; all else goes on.
    """

    def __init__(self, billing: Billing) -> None:
        self._billing = billing
        self._is_given = False
        self._has_woken = False
        self._lock = Lock()

    def plans(self, billing: Billing) -> DueReport:
        self._give()
        report = due_work.run_plans(billing, wake=not self._has_woken)
        self._has_woken = self._has_woken or not report.left
        return report

    def polls(self, billing: Billing) -> DueReport:
        return due_work.run_polls(billing) if self._give() else DueReport()

    def payments(self, billing: Billing) -> DueReport:
        return due_work.run_payments(billing) if self._give() else DueReport()

    def card_reminders(self, billing: Billing) -> DueReport:
        self._give()
        return due_work.run_card_reminders(billing)

    def mail(self, post: Callable[[], int]) -> DueReport:
        self._give()
        return _send(self._billing, "mail", post)

    def webhooks(self, billing: Billing, poster: Poster) -> None:
        self._give()
        drain_webhooks(billing, poster)

    def e_invoices(self, sdi_post: Callable[[], int]) -> DueReport:
        return _send(self._billing, "e_invoices", sdi_post) if self._give() else DueReport()

    def watch(self) -> None:
        """Whether nothing may be done with these books, said by them or found out now."""
        self._give()
        with suppress(OperationalError):  # the database is away: nothing is done either
            copies.held_why(self._billing)

    def _give(self) -> bool:
        with self._lock:
            if not self._is_given:
                try:
                    copies.prove(self._billing)
                except (GatewayUnavailable, OperationalError):  # the database is away: each step says so
                    return False
                self._is_given = True
        return True


def _partitions(billing: Billing) -> DueReport:
    if not billing.held.is_set():
        partitions.keep_ahead(billing, billing.clock())
    return DueReport()


def _send(billing: Billing, name: str, post: Callable[[], int]) -> DueReport:
    """A step of that name, in which what waits goes out."""

    def step(_: Billing) -> DueReport:
        post()
        return DueReport()

    step.__name__ = name
    return due_work.guarded(billing, step)


def drain_webhooks(
    billing: Billing, poster: Poster, slow_seconds: float = webhook_deliveries.SLOW_SECONDS
) -> None:
    """Sends webhooks until this process ends, to each endpoint in a thread of its own.

    Endpoints take turns. Those of which the last turn was slow have few threads of their own, in which they keep
    nobody else waiting: however many there are, others wait once, while it is found out that they are slow.
    """
    running, slow = dict[str, Future[bool]](), dict[str, bool]()
    with (
        ThreadPoolExecutor(ENDPOINTS_AT_A_TIME, thread_name_prefix="webhooks") as quick_lane,
        ThreadPoolExecutor(SLOW_ENDPOINTS_AT_A_TIME, thread_name_prefix="slow webhooks") as slow_lane,
    ):
        while not billing.stopping.wait(WEBHOOK_SECONDS):
            slow |= {endpoint: turn.result() for endpoint, turn in running.items() if turn.done()}
            running = {endpoint: turn for endpoint, turn in running.items() if not turn.done()}
            with suppress(SQLAlchemyError):  # the database is away, which every tick says
                for endpoint in webhook_deliveries.busy(billing):
                    if endpoint not in running:
                        lane = slow_lane if slow.get(endpoint) else quick_lane
                        running[endpoint] = lane.submit(_take_turn, billing, poster, endpoint, slow_seconds)


def _take_turn(billing: Billing, poster: Poster, endpoint: str, slow_seconds: float) -> bool:
    try:
        return webhook_deliveries.take_turn(billing, poster, endpoint, slow_seconds)
    except OperationalError as trouble:  # the database is away, and no traceback helps
        log.error("webhooks were not sent", endpoint=endpoint, error=type(trouble).__name__)
    except Exception:  # whatever it is, it is logged, and other endpoints go on
        log.exception("webhooks were not sent", endpoint=endpoint)
    return False


def _tick(
    scheduler: BackgroundScheduler, name: str, job: Callable[[], object], seconds: float, after: float = 0.0
) -> None:
    scheduler.add_job(
        partial(_traced, f"tick {name}", job),
        "interval",
        seconds=seconds,
        # The tick lives in real time, whatever the desk's clock says.
        next_run_time=real_time() + timedelta(seconds=after),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )


def _follow_machine_clock(scheduler: BackgroundScheduler, stopping: Event, seconds: float) -> None:
    """The next tick is a moment by the machine's clock: once that is put back, nothing would be done for as long."""
    before = _machine_ahead()
    while not stopping.wait(seconds):
        ahead = _machine_ahead()
        if abs(ahead - before) > MAX_CLOCK_STEP:
            log.error("this machine's clock jumped", seconds=round(ahead - before, 1))
            for job in scheduler.get_jobs():
                job.modify(next_run_time=real_time())
        before = ahead


def _machine_ahead() -> float:
    """Of the clock that nobody can turn."""
    return real_time().timestamp() - monotonic()


def _traced(name: str, job: Callable[[], object]) -> object:
    with traces.span(name):
        return job()


def _noticed(clock: Callable[[], datetime], beat: Callable[[], None]) -> Callable[[], datetime]:
    """Each transaction reads the clock at its beginning."""

    def noticed() -> datetime:
        beat()
        return clock()

    return noticed
