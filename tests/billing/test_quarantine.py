"""What cannot be renewed: tried on for good, told once, released by what was missing, cancelled meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.renewals.single import DueReport
from billing.scheduler import Proof
from billing.services import addresses, companies, failed_work, subscriptions, transfers
from billing.services.verify import verify
from billing.values.actors import Role
from billing.values.events import EVENTS
from billing.values.refusals import BeingRenewed
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import MILANO, WORKSPACE, Desk

pytestmark = pytest.mark.slow

MINUTES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1440, 1440)
FEBRUARY_28 = datetime(2026, 2, 28, 9, 30, tzinfo=UTC)


def failing(desk: Desk) -> SubscriptionSnapshot:
    """One whose renewal fails, as its property's country has no tax rule; it was tried once."""
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.member(owner, prop, "UADMIN", Role.ADMIN)
    desk.member(owner, prop, "UBOOKS", Role.ACCOUNTANT)
    bought = desk.subscribed(owner, prop, address=None)
    desk.execute("UPDATE properties SET country = 'FR'")
    assert desk.turn_to(bought.period_end_at) == DueReport(left=1)
    return bought


def quarantined(desk: Desk) -> SubscriptionSnapshot:
    bought = failing(desk)
    for minutes in MINUTES[:9]:
        desk.turn(minutes=minutes)
    return bought


def told(desk: Desk) -> list[tuple[str, str]]:
    found = "SELECT audience, address FROM outbox WHERE kind = 'RenewalOverdue' ORDER BY number"
    return [tuple(row) for row in desk.rows(found)]


def test_the_wait_doubles_to_a_day_and_goes_on_for_good(desk: Desk) -> None:
    failing(desk)
    waits = []
    for minutes in MINUTES:
        assert desk.turn(minutes=minutes, seconds=-1) == DueReport()
        assert desk.turn(seconds=1) == DueReport(left=1)
        waits.append(minutes)
    (found,) = failed_work.failing(desk.billing)
    assert (found.failures, found.next_try_at - desk.clock.now) == (14, timedelta(days=1))
    desk.turn(days=40)
    assert failed_work.failing(desk.billing)[0].failures == 15
    desk.execute("UPDATE properties SET country = 'IT'")
    assert desk.turn(days=1) == DueReport(renewed=2, collected=2)
    assert [invoice.number[-1] for invoice in desk.invoices()] == ["1", "2", "3"]
    assert failed_work.failing(desk.billing) == ()
    assert verify(desk.billing) == ()


def test_owners_and_admins_hear_once_and_accountants_nothing(desk: Desk) -> None:
    desk = replace(desk, billing=replace(desk.billing, mails=True))
    bought = failing(desk)
    for minutes in MINUTES[:8]:
        desk.turn(minutes=minutes)
    assert told(desk) == []
    desk.turn(minutes=MINUTES[8])
    people = [(way, who) for who in ("UADMIN", "UOWNER") for way in ("slack_person", "mail_person")]
    assert told(desk) == people
    fact = json.loads(desk.rows("SELECT CAST(fact AS TEXT) FROM outbox WHERE kind = 'RenewalOverdue'")[0][0])
    event = EVENTS["RenewalOverdue"].from_json(fact["event"])
    assert (event.due_at, event.cancelled, event.plan) == (bought.period_end_at, False, "Growth")  # type: ignore[attr-defined]
    for minutes in MINUTES[9:]:
        desk.turn(minutes=minutes)
    assert told(desk) == people
    assert [one.invariant for one in verify(desk.billing)] == ["no renewal is quarantined"]


def test_who_cannot_read_the_row_is_told_all_the_same(desk: Desk) -> None:
    bought = failing(desk)
    desk.execute(
        "UPDATE subscriptions SET address = '{\"planet\": 4}', anchor_zone = 'Nowhere' WHERE id = :s",
        s=bought.id,
    )
    for minutes in MINUTES[:9]:
        desk.turn(minutes=minutes)
    assert told(desk) == [("slack_person", "UADMIN"), ("slack_person", "UOWNER")]


def save_address(desk: Desk, bought: SubscriptionSnapshot) -> None:
    addresses.change(desk.billing, desk.owner(), bought.id, MILANO, desk.plan(bought.id).version)


def save_company(desk: Desk, bought: SubscriptionSnapshot) -> None:
    version = desk.plan(bought.id).version
    companies.change(desk.billing, desk.owner(), bought.id, {}, version, MILANO)


def transfer(desk: Desk, bought: SubscriptionSnapshot) -> None:
    there = desk.property_of(desk.owner(), "There")
    transfers.transfer(desk.billing, desk.owner(), bought.id, there.id)


def start_again(desk: Desk, bought: SubscriptionSnapshot) -> None:
    desk.execute("UPDATE properties SET country = 'IT'")
    failed_work.wake_failing(desk.billing)


def release(desk: Desk, bought: SubscriptionSnapshot) -> None:
    desk.execute("UPDATE properties SET country = 'IT'")
    (failed,) = failed_work.failing(desk.billing)
    assert failed_work.release(desk.billing, failed)


@pytest.mark.parametrize("mend", [save_address, save_company, transfer, start_again, release])
def test_what_was_missing_has_it_renewed_at_once(
    desk: Desk, mend: Callable[[Desk, SubscriptionSnapshot], None]
) -> None:
    bought = quarantined(desk)
    assert desk.turn(minutes=1) == DueReport()
    mend(desk, bought)
    assert desk.turn(seconds=0).renewed == 1
    assert desk.plan(bought.id).period_end_at == datetime(2026, 3, 31, 8, 30, tzinfo=UTC)
    assert len(desk.invoices()) == 2


def test_the_first_tick_of_a_process_wakes_what_failed_and_later_ones_do_not(desk: Desk) -> None:
    quarantined(desk)
    ticks = Proof(desk.billing)
    assert desk.turn(minutes=1) == DueReport()
    assert ticks.plans(desk.billing) == DueReport(left=1)
    desk.execute("UPDATE properties SET country = 'IT'")
    assert ticks.plans(desk.billing).renewed == 1


def test_a_release_is_kept_in_the_audit_log(desk: Desk) -> None:
    bought = quarantined(desk)
    release(desk, bought)
    (entry,) = desk.audit("due.release")
    assert (entry.workspace_id, entry.via, entry.subject_id) == (WORKSPACE, "operator", bought.id)
    assert entry.property_id == bought.property_id


def test_what_is_only_failing_is_being_renewed_and_what_is_quarantined_can_be_cancelled(desk: Desk) -> None:
    bought = failing(desk)
    with pytest.raises(BeingRenewed):
        subscriptions.cancel(desk.billing, desk.owner(), bought.id, "not_used")
    for minutes in MINUTES[:9]:
        desk.turn(minutes=minutes)
    preview = subscriptions.preview_cancel(desk.billing, desk.owner(), bought.id, "not_used")
    done = subscriptions.cancel(desk.billing, desk.owner(), bought.id, "not_used")
    for seen in (preview, done):
        assert (seen.status, seen.ended_at) == ("ended", FEBRUARY_28)
    assert desk.told()[-1] == "SubscriptionEnded"
    assert "SubscriptionCancelled" not in desk.told()
    desk.turn(days=60)
    assert len(desk.invoices()) == 1
    assert verify(desk.billing) == ()


def test_an_end_that_failed_is_told_as_one(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, owner, bought.id, "not_used")
    desk.execute("UPDATE subscriptions SET address = '{\"planet\": 4}', due_failures = 9")
    desk.turn_to(bought.period_end_at)
    (row,) = desk.rows("SELECT CAST(fact AS TEXT) FROM outbox WHERE kind = 'RenewalOverdue'")
    assert json.loads(row[0])["event"]["cancelled"] is True


def test_the_operator_lists_and_releases_what_failed(
    desk: Desk, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    run = CliRunner().invoke
    assert run(program, ["due", "list"]).output == "No renewal or end has failed.\n"
    bought = quarantined(desk)
    of_it = f"({WORKSPACE} {bought.id})"
    assert run(program, ["due", "list"]).output == (
        f"2026-02-28 09:30 UTC  renewal  Piazza: AI Assist Growth {of_it}: failed 10 times, "
        "next try 2026-03-01 02:33 UTC; quarantined since 2026-02-28 18:01 UTC\n"
    )
    assert run(program, ["due", "list", "--language", "it"]).output == (
        f"2026-02-28 09:30 UTC  rinnovo  Piazza: AI Assist Growth {of_it}: non riuscito 10 volte, "
        "prossimo tentativo 2026-03-01 02:33 UTC; in quarantena dal 2026-02-28 18:01 UTC\n"
    )
    (listed,) = json.loads(run(program, ["due", "list", "--json"]).output)
    assert (listed["subscription_id"], listed["failures"]) == (bought.id, 10)
    assert run(program, ["due", "release"]).exit_code == 2
    assert run(program, ["due", "release", "sub_other"]).exit_code == 1
    released = run(program, ["due", "release", bought.id, "--json"])
    assert json.loads(released.output) == {"released": [bought.id], "not_failing": []}
    assert run(program, ["due", "release", "--all"]).output == "1 is due again at once.\n"
    assert len(desk.audit("due.release")) == 2
