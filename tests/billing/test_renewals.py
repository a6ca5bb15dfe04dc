"""What falls due: each period once, however late, however often and by however many it is done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from billing.renewals.single import DueReport, catch_up
from billing.services import agenda, due_work, subscriptions
from billing.services.verify import verify
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.snapshots import AgendaEntry
from tests.billing.desk import WORKSPACE, Desk, at_once

pytestmark = pytest.mark.slow

MAY = datetime(2026, 5, 10, tzinfo=UTC)
# Each of the two is forked from one that has loaded everything and holds no connection. A line is written by one
# call: where Python does not buffer (PYTHONUNBUFFERED), print makes two, and the other's may come between.
TWO_PROCESSES = """
import os
import sys
from datetime import datetime
from billing.bootstrap import make_billing
from billing.services import due_work
from billing.settings import BillingSettings

billing = make_billing(BillingSettings(database_url=sys.argv[1]), lambda: datetime.fromisoformat(sys.argv[2]))
gate, opened = os.pipe()
processes = []
for _ in range(2):
    process = os.fork()
    if not process:
        os.read(gate, 1)
        renewed = due_work.run_due(billing).renewed
        os.write(1, f"{renewed}\\n".encode())
        os._exit(0)
    processes.append(process)
os.write(opened, b"!" * len(processes))
sys.exit(any([os.waitpid(process, 0)[1] for process in processes]))
"""


@contextmanager
def answer_to_commit_lost() -> Iterator[None]:
    """The next transaction is committed, and whoever waits for it is told that the connection broke."""

    def break_off(_session: Session) -> None:
        event.remove(Session, "after_commit", break_off)
        raise OperationalError("COMMIT", None, ConnectionError("the connection broke"))

    event.listen(Session, "after_commit", break_off)
    yield


def charged_periods(desk: Desk, subscription_id: str) -> list[tuple[str, str]]:
    rows = desk.rows(
        "SELECT period_start_at, period_end_at FROM invoice_lines WHERE subscription_id = :s"
        " ORDER BY period_start_at",
        s=subscription_id,
    )
    return [(str(row[0])[:10], str(row[1])[:10]) for row in rows]


FOUR_MONTHS = [
    ("2026-01-31", "2026-02-28"),
    ("2026-02-28", "2026-03-31"),
    ("2026-03-31", "2026-04-30"),
    ("2026-04-30", "2026-05-31"),
]


def test_a_cycle_that_is_not_over_is_followed_by_none_whatever_its_due_date_says(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.turn(days=1)
    desk.execute("UPDATE subscriptions SET due_at = purchased_at")
    assert desk.turn(days=1).renewed == 0
    assert desk.plan(plan.id).period_end_at == plan.period_end_at
    assert desk.charged() == [1220]


def test_months_of_downtime_are_caught_up_period_by_period(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    assert desk.turn_to(MAY) == DueReport(renewed=3, collected=3)
    assert charged_periods(desk, bought.id) == FOUR_MONTHS
    assert [invoice.number[-1] for invoice in desk.invoices()] == ["1", "2", "3", "4"]
    assert (
        subscriptions.look_at(desk.billing, owner, bought.id).period_end_at.date().isoformat() == "2026-05-31"
    )


def test_a_second_run_finds_nothing_left_to_do(desk: Desk) -> None:
    owner = desk.owner()
    desk.subscribed(owner, desk.property_of(owner))
    desk.turn_to(MAY)
    before = desk.everything()
    assert due_work.run_due(desk.billing) == DueReport()
    assert desk.everything() == before


def test_a_cycle_begins_at_its_moment_and_not_before(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    assert desk.turn_to(bought.period_end_at - timedelta(microseconds=1)) == DueReport()
    assert desk.turn_to(bought.period_end_at) == DueReport(renewed=1, collected=1)


def test_a_yearly_plan_is_charged_once_a_year(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner), interval=Interval.YEAR)
    assert desk.turn_to(datetime(2028, 6, 1, tzinfo=UTC)).renewed == 2
    assert charged_periods(desk, bought.id)[-1] == ("2028-01-31", "2029-01-31")


def test_four_workers_at_once_charge_each_period_once(desk: Desk) -> None:
    owner = desk.owner()
    bought = [desk.subscribed(owner, desk.property_of(owner, f"Shop {n}")) for n in range(5)]
    desk.clock.now = MAY
    reports = at_once(*[partial(due_work.run_due, desk.billing)] * 4)
    assert sum(report.renewed for report in reports) == 15
    assert sum(report.left for report in reports) == 0
    for subscription in bought:
        assert charged_periods(desk, subscription.id) == FOUR_MONTHS
    numbers = sorted(invoice.number for invoice in desk.invoices())
    assert numbers == [f"2026-{number:06}" for number in range(1, 21)]


def test_two_processes_at_once_charge_each_period_once(desk: Desk, database_url: str) -> None:
    owner = desk.owner()
    bought = [desk.subscribed(owner, desk.property_of(owner, f"Shop {n}")) for n in range(4)]
    command = [sys.executable, "-c", TWO_PROCESSES, database_url, MAY.isoformat()]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    renewed = [int(words) for words in said.splitlines()]
    assert (len(renewed), sum(renewed)) == (2, 12)
    for subscription in bought:
        assert charged_periods(desk, subscription.id) == FOUR_MONTHS


POISON = {
    "a country without a tax rule": "UPDATE properties SET country = 'FR' WHERE name = 'Bad'",
    "a zone that does not exist": "UPDATE subscriptions SET anchor_zone = 'Nowhere/None' WHERE id = :s",
    "a period that was charged before": "UPDATE subscriptions SET period_index = -1 WHERE id = :s",
    "an address that cannot be read": "UPDATE subscriptions SET address = '{\"planet\": 4}' WHERE id = :s",
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_one_that_cannot_be_renewed_is_left_and_reported_and_the_others_go_on(
    desk: Desk, poison: str
) -> None:
    owner = desk.owner()
    bad = desk.subscribed(owner, desk.property_of(owner, "Bad"), address=None)
    desk.clock.now += timedelta(minutes=1)
    good = [desk.subscribed(owner, desk.property_of(owner, f"Shop {n}")) for n in range(3)]
    desk.execute(poison, **({"s": bad.id} if ":s" in poison else {}))
    assert desk.turn_to(MAY) == DueReport(renewed=9, collected=9, left=1)
    assert charged_periods(desk, bad.id) == FOUR_MONTHS[:1]
    for subscription in good:
        assert charged_periods(desk, subscription.id) == FOUR_MONTHS
    assert due_work.run_due(desk.billing) == DueReport()
    desk.turn(minutes=2)
    assert desk.rows("SELECT due_failures FROM subscriptions WHERE id = :s", s=bad.id) == [(2,)]


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_cycle_whose_commit_was_not_answered_is_not_followed_by_the_next_one_early(
    desk: Desk, cancelled: bool
) -> None:
    """It has begun, or the plan has ended, though whoever did it was told of a broken connection."""
    owner = desk.owner()
    plan = desk.subscribed(owner, desk.property_of(owner))
    if cancelled:
        subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.clock.now = plan.period_end_at
    with answer_to_commit_lost():
        assert catch_up(desk.billing, WORKSPACE, plan.id) == DueReport(left=1)
    for _ in range(4):
        desk.turn(minutes=5)
    months = FOUR_MONTHS[: 1 if cancelled else 2]
    assert charged_periods(desk, plan.id) == months
    assert desk.plan(plan.id).status == ("ended" if cancelled else "active")
    assert verify(desk.billing) == ()


def test_what_was_left_is_caught_up_when_it_is_repaired(desk: Desk) -> None:
    owner = desk.owner()
    bad = desk.subscribed(owner, desk.property_of(owner), address=None)
    desk.execute("UPDATE properties SET country = 'FR'")
    assert desk.turn_to(MAY) == DueReport(left=1)
    desk.execute("UPDATE properties SET country = 'IT'")
    assert desk.turn(minutes=2) == DueReport(renewed=3, collected=3)
    assert charged_periods(desk, bad.id) == FOUR_MONTHS
    assert [invoice.number[-1] for invoice in desk.invoices()] == ["1", "2", "3", "4"]


def test_the_schedule_itself_is_named_in_the_audit_log(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    desk.turn(days=31)
    (entry,) = desk.audit("subscription.renew")
    assert (entry.workspace_id, entry.user_id, entry.via, entry.subject_id) == (
        WORKSPACE,
        "",
        "schedule",
        bought.id,
    )


def test_the_agenda_names_what_falls_due_next_and_nothing_of_others(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    yearly = desk.subscribed(owner, piazza, interval=Interval.YEAR)
    monthly = desk.subscribed(owner, piazza, "video-voice", "standard")
    subscriptions.cancel(desk.billing, owner, monthly.id, "Not used")
    ends = AgendaEntry(
        monthly.period_end_at, "ends", "Piazza", "Video and Voice", "Standard", None, None, monthly.id
    )
    price = Money(35380, "EUR")
    renews = AgendaEntry(
        yearly.period_end_at, "renews", "Piazza", "AI Assist", "Growth", price, Money(0, "EUR"), yearly.id
    )
    assert agenda.of_workspace(desk.billing, WORKSPACE) == (ends, renews)
    assert agenda.of_property(desk.billing, owner, piazza.id) == (ends, renews)
    assert agenda.of_workspace(desk.billing, WORKSPACE, limit=1) == (ends,)
    assert agenda.of_workspace(desk.billing, "T0002") == ()
    desk.turn(days=31)
    assert agenda.of_workspace(desk.billing, WORKSPACE) == (renews,)
