"""The scheduler: a tick that does what is due, in UTC, late rather than never."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Event, Timer
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from billing.adapters.gateways.sandbox import Behaviour, SandboxGateway
from billing.ports import ChargeOrder, Outcome
from billing.scheduler import make_scheduler
from billing.services import due_work
from tests.billing.desk import Desk
from tests.clocks import with_clock_in

DEADLINE = 10


@contextmanager
def ticking(desk: Desk, seconds: float) -> Iterator[Event]:
    """A running scheduler; the event is set as soon as one of its runs has renewed something."""
    scheduler, renewed = make_scheduler(desk.billing, seconds), Event()

    def note(run: Any) -> None:
        if run.retval.renewed:
            renewed.set()

    scheduler.add_listener(note, EVENT_JOB_EXECUTED)
    scheduler.start()
    try:
        yield renewed
    finally:
        scheduler.shutdown(wait=True)


def subscribed_since(desk: Desk, moment: datetime) -> None:
    desk.clock.now = moment
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))


def test_it_does_what_is_due_at_its_start_and_at_later_ticks(desk: Desk) -> None:
    now = datetime.now(UTC)
    subscribed_since(desk, now - timedelta(days=40))
    desk.clock.now = now
    with ticking(desk, seconds=0.05) as renewed:
        assert renewed.wait(DEADLINE)
        renewed.clear()
        desk.clock.now += timedelta(days=31)
        assert renewed.wait(DEADLINE)
    assert len(desk.invoices()) == 3


def test_its_first_run_does_not_wait_for_the_first_tick(desk: Desk) -> None:
    now = datetime.now(UTC)
    subscribed_since(desk, now - timedelta(days=40))
    desk.clock.now = now
    with ticking(desk, seconds=3600) as renewed:
        assert renewed.wait(DEADLINE)


def test_its_ticks_are_those_of_the_real_world_when_the_desks_clock_is_ahead(desk: Desk) -> None:
    """A demo turns its clock forward by months: the due work must not stand still until they have passed."""
    now = datetime.now(UTC)
    subscribed_since(desk, now)
    desk.clock.now = now + timedelta(days=40)
    with ticking(desk, seconds=0.05) as renewed:
        assert renewed.wait(DEADLINE / 2)


def test_it_ticks_in_utc_and_does_a_late_run_once_and_never_drops_it(desk: Desk) -> None:
    desk.clock.now = datetime.now(UTC)
    scheduler = make_scheduler(desk.billing)
    jobs = scheduler.get_jobs()
    # Plans, polls, payments, seals, pruning, cards, partitions where there are any, report, verification.
    hourly = 4 if desk.billing.engine.dialect.name == "postgresql" else 3
    every = [timedelta(seconds=15)] * 4 + [timedelta(hours=1)] * hourly + [timedelta(seconds=15)]
    assert [job.trigger.interval for job in jobs] == every
    for job in jobs:
        assert str(scheduler.timezone) == str(job.trigger.timezone) == "UTC"
        assert (job.coalesce, job.misfire_grace_time, job.max_instances) == (True, None, 1)


def test_a_gateway_that_hangs_keeps_no_plan_from_ending_or_renewing(desk: Desk) -> None:
    class Hanging(SandboxGateway):
        def charge(self, order: ChargeOrder) -> Outcome:
            asked.set()
            assert answered.wait(DEADLINE)
            return super().charge(order)

    asked, answered = Event(), Event()
    now = datetime.now(UTC)
    subscribed_since(desk, now - timedelta(days=10))
    subscribed_since(desk, now - timedelta(days=40))
    desk.clock.now = now
    hung = replace(desk, billing=replace(desk.billing, gateway=Hanging()))
    with ticking(hung, seconds=0.05) as renewed:
        assert renewed.wait(DEADLINE)
        assert asked.wait(DEADLINE)
        renewed.clear()
        desk.clock.now += timedelta(days=22)
        went_on = renewed.wait(DEADLINE)
        answered.set()
    assert went_on


def test_a_payment_that_hangs_keeps_no_other_from_being_asked_after(desk: Desk) -> None:
    class Hanging(SandboxGateway):
        def charge(self, order: ChargeOrder) -> Outcome:
            hangs.set()
            assert answered.wait(DEADLINE)
            return super().charge(order)

        def find(self, order: ChargeOrder, *, answered: bool) -> Outcome | None:
            asked_after.set()
            return super().find(order, answered=answered)

    hangs, asked_after, answered = Event(), Event(), Event()
    now = datetime.now(UTC)
    subscribed_since(desk, now - timedelta(days=40))
    desk.clock.now = now
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    due_work.run_due(desk.billing)
    subscribed_since(desk, now - timedelta(days=39))
    desk.clock.now = now
    with ticking(replace(desk, billing=replace(desk.billing, gateway=Hanging())), seconds=0.05):
        assert hangs.wait(DEADLINE)
        desk.clock.now += timedelta(minutes=2)
        was_asked = asked_after.wait(DEADLINE)
        answered.set()
    assert was_asked


def test_a_step_that_fails_as_a_whole_keeps_no_other_from_its_work(
    sqlite_desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = sqlite_desk
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.execute("UPDATE payment_attempts SET poll_at = '0, which is no moment'")
    desk.clock.now = plan.period_end_at
    report = due_work.run_due(desk.billing)
    assert (report.renewed, report.collected) == (1, 1)
    assert report.left == 1
    assert desk.charged() == [1220, 1220]
    assert capsys.readouterr().err.count("a step of the schedule failed") == 1


def test_mail_that_meets_no_database_is_one_line_in_the_log_as_all_other_work(sqlite_desk: Desk) -> None:
    def post() -> int:
        raise OperationalError("SELECT", {}, Exception("away"))

    jobs = [job.func for job in make_scheduler(sqlite_desk.billing, post=post).get_jobs()]
    (mail,) = (job for job in jobs if "tick mail" in job.args)
    with capture_logs() as logs:
        assert mail().left == 1
    said = {"event": "a step of the schedule failed", "error": "OperationalError", "log_level": "error"}
    assert logs == [said]


def test_a_run_that_is_a_day_late_is_still_done(desk: Desk) -> None:
    now = datetime.now(UTC)
    subscribed_since(desk, now - timedelta(days=60))
    desk.clock.now = now - timedelta(days=1)
    with ticking(desk, seconds=15) as renewed:
        assert renewed.wait(DEADLINE)
    assert len(desk.invoices()) == 2


def test_while_the_gateway_is_away_nothing_is_asked_of_it_and_all_of_it_when_it_is_back(desk: Desk) -> None:
    class Away(SandboxGateway):
        def is_away(self) -> bool:
            return True

    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.SILENT_AFTER)
    desk.turn_to(plan.period_end_at)
    away = replace(desk.billing, gateway=Away())
    polls = "SELECT polls FROM payment_attempts ORDER BY sent_at"
    before = desk.rows(polls)
    for _ in range(5):
        desk.clock.now += timedelta(hours=12)
        assert due_work.run_due(away).collected == 0
    assert desk.rows(polls) == before
    due_work.run_due(desk.billing)
    assert [payment.state for payment in desk.payments()] == ["paid", "paid"]
    assert desk.charged() == [1220, 1220]


TICKING = """
import os
import sys
from billing.bootstrap import make_billing
from billing.scheduler import make_scheduler, working
from billing.settings import BillingSettings

billing = make_billing(BillingSettings(database_url=sys.argv[1]))
with working(billing, make_scheduler(billing, 0.1, beat=lambda: os.write(1, b"tick\\n")), 0.1):
    sys.stdin.readline()
"""
# However busy the machine is that it runs on.
PATIENCE = 60
MORE_THAN_ONE_TICK_BEGUN = 10


@pytest.mark.slow
def test_it_goes_on_where_the_machines_clock_is_put_back(sqlite_desk: Desk, tmp_path: Path) -> None:
    (file := tmp_path / "clock").write_text("+0d")
    url = sqlite_desk.billing.engine.url.render_as_string()
    command, environment = [sys.executable, "-c", TICKING, url], os.environ | with_clock_in(file)
    with Popen(command, env=environment, stdin=PIPE, stdout=PIPE, text=True) as process:
        at_last = Timer(PATIENCE, process.kill)
        at_last.start()
        assert process.stdout
        assert process.stdout.readline() == "tick\n"
        file.write_text("-1d")
        said = next(line for line in process.stdout if "this machine's clock jumped" in line)
        assert "seconds=-86400" in said
        later = (line for line in process.stdout if "tick" in line)
        assert sum(1 for _ in itertools.islice(later, MORE_THAN_ONE_TICK_BEGUN)) == MORE_THAN_ONE_TICK_BEGUN
        at_last.cancel()
        process.communicate("\n", DEADLINE)
