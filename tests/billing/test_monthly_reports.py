"""The month in figures: told once to the seller's own people, and to the cent what the ledger says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from billing.queries.recurring_revenue import plans_at
from billing.scheduler import make_scheduler
from billing.services import monthly_reports
from billing.services.verify import verify
from billing.values.channels import OperatorChannel
from billing.values.errors import Unfit
from billing.values.events import MonthReported
from tests.billing.desk import Desk, at_once
from tests.billing.test_reports import run
from tests.billing.test_reports_in_currencies import CREDITED, CURRENCIES, OPEN, PRICES, WITH_VAT, live

WHERE = OperatorChannel("T0OPERATORS", "COPERATORS")
# 06:00 of the first of March in Rome.
MORNING = datetime(2026, 3, 1, 5, tzinfo=UTC)


def with_channel(desk: Desk) -> Desk:
    return replace(desk, billing=replace(desk.billing, operator_channel=WHERE))


@pytest.fixture
def telling(desk: Desk, tmp_path: Path) -> Desk:
    """A desk whose people have a channel, at noon of the last day of February."""
    live(desk, tmp_path)
    return with_channel(desk)


@pytest.fixture
def at_telling(sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same, on SQLite alone, where the operator's commands work."""
    live(sqlite_desk, tmp_path)
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    monkeypatch.setenv("OPERATOR_WORKSPACE_ID", WHERE.workspace_id)
    monkeypatch.setenv("OPERATOR_CHANNEL", WHERE.channel)
    return with_channel(sqlite_desk)


def told(desk: Desk) -> list[MonthReported]:
    rows = desk.rows(
        "SELECT workspace_id, audience, address, fact FROM outbox WHERE kind = 'MonthReported' ORDER BY number"
    )
    assert all(row[:3] == (WHERE.workspace_id, "slack_channel", WHERE.channel) for row in rows)
    facts = [json.loads(row.fact) if isinstance(row.fact, str) else row.fact for row in rows]
    return [MonthReported.from_json(fact["event"]) for fact in facts]


def minor(amounts: dict[str, str]) -> dict[str, int]:
    """As they are kept: every amount without its point."""
    return {currency: int(amount.replace(".", "")) for currency, amount in amounts.items()}


def named(figures: dict[str, dict[str, int]], name: str) -> dict[str, int]:
    return {currency: sums[name] for currency, sums in figures.items()}


def booked(desk: Desk, condition: str, what: str = "SUM(minor)") -> dict[str, int]:
    """What the ledger itself has by currency."""
    rows = desk.rows(f"SELECT currency, {what} FROM postings WHERE {condition} GROUP BY currency")
    return {currency: int(amount) for currency, amount in rows}


def test_a_month_is_told_once_in_the_morning_after_it_by_whoever_is_first(telling: Desk) -> None:
    telling.clock.now = MORNING - timedelta(minutes=1)
    monthly_reports.run(telling.billing)
    assert [one.month for one in told(telling)] == ["2026-01"]  # the month before was over already
    telling.clock.now = MORNING + timedelta(minutes=1)
    tell = [lambda: monthly_reports.tell_last(telling.billing)] * 4
    assert sorted(at_once(*tell)) == [False, False, False, True]
    assert [one.month for one in told(telling)] == ["2026-01", "2026-02"]
    # Another process, and the same one a month long.
    monthly_reports.run(replace(telling.billing))
    telling.clock.now = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)
    monthly_reports.run(telling.billing)
    assert len(told(telling)) == 2
    telling.clock.now += timedelta(minutes=2)
    monthly_reports.run(telling.billing)
    assert [one.month for one in told(telling)] == ["2026-01", "2026-02", "2026-03"]


def test_its_sums_are_the_ledgers_to_the_cent_in_each_currency(telling: Desk) -> None:
    telling.clock.now = MORNING
    assert monthly_reports.tell_last(telling.billing)
    (found,) = told(telling)
    february = "at >= '2026-01-31 23:00' AND at < '2026-02-28 23:00'"
    assert named(found.journal, "debit") == booked(telling, f"{february} AND minor > 0")
    assert named(found.journal, "credit") == booked(telling, f"{february} AND minor < 0", "-SUM(minor)")
    owed = booked(telling, "account = 'receivable' AND at < '2026-02-28 23:00'")
    assert named(found.ageing, "total") == named(found.ageing, "0-30") == owed == minor(OPEN)
    prices = telling.rows(
        "SELECT p.currency, SUM(p.minor * s.quantity) FROM subscriptions s JOIN prices p ON p.id = s.price_id"
        " WHERE s.status IN ('active', 'past_due') AND p.interval = 'month' GROUP BY p.currency"
    )
    assert named(found.revenue, "closing") == {each: int(sum_) for each, sum_ in prices} == minor(PRICES)
    assert named(found.customers, "closing") == dict.fromkeys(CURRENCIES, 1)
    credited = booked(telling, "account = 'receivable' AND credit_note_id IS NOT NULL", "-SUM(minor)")
    failed = found.recovery["2026-02"]
    assert named(failed, "credited") == credited == minor(CREDITED)
    assert named(failed, "still_open") == owed
    assert (found.recovery["2026-01"], found.recorded_late, found.differing) == ({}, {}, [])
    assert (found.month, found.as_of, found.time_zone) == ("2026-02", "2026-03-01", "Europe/Rome")
    assert verify(telling.billing) == ()


def test_a_month_later_the_failed_renewals_stand_as_they_do_then_and_no_other_figure_moved(
    telling: Desk,
) -> None:
    before = monthly_reports.look_at(telling.billing, "2026-02")
    telling.turn_to(datetime(2026, 3, 3, 12, tzinfo=UTC))  # the retry is paid
    april = datetime(2026, 4, 1, 12, tzinfo=UTC)
    telling.turn_to(april)
    march = monthly_reports.look_at(telling.billing, "2026-03")
    after = monthly_reports.look_at(telling.billing, "2026-02")
    paid = minor(OPEN)
    assert (
        named(march.recovery["2026-02"], "recovered") == named(after.recovery["2026-02"], "recovered") == paid
    )
    assert (march.as_of, after.as_of) == ("2026-04-01", "2026-04-01")
    unmoved = replace(after, recovery=before.recovery, as_of=before.as_of)
    assert unmoved == before
    assert named(march.revenue, "opening") == named(before.revenue, "closing")


def test_the_plans_are_read_once_for_what_came_in_and_who_was_lost(telling: Desk) -> None:
    """As they were before and after the month, and as the facts have them now."""
    read: list[object] = []
    event.listen(telling.billing.engine, "before_execute", note := lambda *of: read.append(of[1]))
    found = monthly_reports.look_at(telling.billing, "2026-02")
    event.remove(telling.billing.engine, "before_execute", note)
    assert sum(one is plans_at(of_one=False) for one in read) == 3
    assert set(found.revenue) == set(found.lost) == set(CURRENCIES)


def test_a_sum_that_differs_is_said(at_telling: Desk) -> None:
    at_telling.execute("UPDATE payments SET minor = minor + 1 WHERE state = 'open'")
    assert monthly_reports.look_at(at_telling.billing, "2026-02").differing == ["recovery --month 2026-02"]
    ended = run("monthly", "--month", "2026-02")
    assert ended.exit_code == 1
    assert (
        "Sums of `report recovery --month 2026-02` are not those of the ledger or of the plans"
        in ended.output
    )


def test_without_a_channel_or_anything_to_tell_nothing_is_told(desk: Desk) -> None:
    assert monthly_reports.tell_last(desk.billing) is False
    assert desk.rows("SELECT * FROM reported_months") == []
    people = with_channel(desk)
    assert monthly_reports.tell_last(people.billing) is False
    assert [row.month for row in desk.rows("SELECT month FROM reported_months")] == ["2025-12"]
    assert told(people) == []


def test_the_schedule_tells_it(at_telling: Desk) -> None:
    at_telling.clock.now = MORNING + timedelta(days=1)
    for _ in range(2):
        jobs = make_scheduler(at_telling.billing).get_jobs()
        (job,) = [one for one in jobs if "monthly report" in str(one.func.args)]
        job.func()
    assert [one.month for one in told(at_telling)] == ["2026-02"]


def test_the_command_shows_it_and_posts_it_by_hand(at_telling: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("monthly", "--month", "2026-02")
    assert (shown.exit_code, told(at_telling)) == (0, [])
    lines = [line.split() for line in shown.output.splitlines()]
    assert ["recovery", "EUR", "credited", CREDITED["EUR"]] in lines
    assert ["ageing", "KWD", "Total", OPEN["KWD"]] in lines
    assert ["mrr", "JPY", "closing", "1", PRICES["JPY"]] in lines
    assert ["churn", "USD", "cancelled", "0", "0.00"] in lines
    assert "All sums are those of the ledger and of the plans." in shown.output
    assert "Non c’è stato nulla." in run("monthly", "--month", "2025-12", "--language", "it").output

    for _ in range(2):  # whoever asks for it twice gets it twice
        posted = run("monthly", "--month", "2026-01", "--post", "--json")
        assert (posted.exit_code, posted.stderr) == (0, "The bot posts it in OPERATOR_CHANNEL.\n")
    assert named(json.loads(posted.stdout)["journal"], "debit") == {
        each: 2 * minor(WITH_VAT)[each] for each in CURRENCIES
    }
    assert [one.month for one in told(at_telling)] == ["2026-01", "2026-01"]
    assert monthly_reports.tell_last(at_telling.billing) is False  # it was told

    with pytest.raises(Unfit, match="2026-02 is not over yet"):
        monthly_reports.tell(at_telling.billing, "2026-02")
    for month, why in (
        ("2026", "'2026' is not a month like 2026-11"),
        ("2199-12", "2199-12 has not begun yet"),
    ):
        ended = run("monthly", "--month", month, "--post")
        assert (ended.exit_code, ended.output) == (1, f"There is no report: {why}.\n")
    monkeypatch.setenv("OPERATOR_CHANNEL", "")
    nowhere = run("monthly", "--month", "2026-01", "--post", "--language", "it")
    assert nowhere.output == "Nessun rapporto: OPERATOR_CHANNEL: nessun canale è impostato.\n"
