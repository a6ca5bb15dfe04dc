"""Recurring revenue of a month: a dozen customers, each movement computed by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from sqlalchemy import event

from billing import Actor
from billing.adapters.gateways.sandbox import Behaviour
from billing.services import changes, properties, recurring_revenue, subscriptions, transfers
from billing.services.changes import PlanSelection
from billing.values.cycles import Interval
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_reports import OTHER, report, run
from tests.billing.test_reports import live as corrected

MOVEMENTS = ("opening", "new", "expansion", "contraction", "churn", "reactivation", "closing")
# By hand. January: 10 + 120/12 + 200/12 + 3 x 10 + 29 + 29 + 29 + 29 + 20 + 990/12 + 290/12 = 309.33...
# February: +15 (a trial converts), +30 and +200/12 (upgrades), -29 - 10 (one of two plans, a downgrade), -29.
# March: -29 (unpaid), +29 (restarted), +10 (who had transferred a plan buys again). April: -40, over since March.
BY_HAND = {
    "2026-01": ("0.00", "309.33", "0.00", "0.00", "0.00", "0.00", "309.33"),
    "2026-02": ("309.33", "15.00", "46.67", "-39.00", "-29.00", "0.00", "303.00"),
    "2026-03": ("303.00", "0.00", "0.00", "0.00", "-29.00", "39.00", "313.00"),
    "2026-04": ("313.00", "0.00", "0.00", "0.00", "-40.00", "0.00", "273.00"),
}
CUSTOMERS = {
    "2026-01": (0, 10, 0, 0, 0, 0, 10),
    "2026-02": (10, 1, 2, 2, 1, 0, 10),
    "2026-03": (10, 0, 0, 0, 1, 2, 11),
    "2026-04": (11, 0, 0, 0, 1, 0, 10),
}
# Customers, cancelled, failed, their share; MRR, cancelled, failed, its share.
LOST = {
    "2026-01": (0, 0, 0, None, "0.00", "0.00", "0.00", None),
    "2026-02": (10, 1, 0, "10.0", "309.33", "29.00", "0.00", "9.4"),
    "2026-03": (10, 0, 1, "10.0", "303.00", "0.00", "29.00", "9.6"),
    "2026-04": (11, 1, 0, "9.1", "313.00", "40.00", "0.00", "12.8"),
}


@dataclass
class Story:
    """Properties by number, each a customer of its own."""

    desk: Desk
    owner: Actor
    known: dict[int, PropertySnapshot] = field(default_factory=dict)

    def buy(self, number: int, what: str, token: str = "tok_visa", quantity: int = 1) -> str:
        if number not in self.known:
            self.known[number] = self.desk.property_of(self.owner, f"Casa {number}")
        return self.desk.buy(self.owner, self.known[number], what, token, quantity).id

    def cancel(self, plan: str) -> None:
        subscriptions.cancel(self.desk.billing, self.owner, plan, "Too dear")

    def change(self, plan: str, to: str, interval: Interval) -> None:
        changes.change(self.desk.billing, self.owner, plan, PlanSelection(to, interval), key=self.desk.key())


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def live(desk: Desk) -> None:
    story = Story(desk, desk.owner())
    one = story.buy(1, "live-chat/basic/month")
    story.buy(2, "live-chat/basic/year")
    three = story.buy(3, "live-chat/pro/year")
    story.buy(4, "live-chat/basic/month", quantity=3)
    story.buy(5, "knowledge-base/standard/month")  # a trial, which converts
    six = story.buy(6, "ai-assist/growth/month")
    story.buy(7, "ai-assist/growth/month", token="tok_seven")
    story.buy(8, "ai-assist/growth/month")
    second = story.buy(8, "remove-branding/standard/month")
    nine = story.buy(9, "live-chat/pro/month")
    story.cancel(story.buy(10, "knowledge-base/standard/month"))  # a trial, which never pays
    story.buy(11, "ai-assist/business/year")
    twelve = story.buy(12, "ai-assist/growth/year")
    thirteen = desk.property_of(story.owner, "Casa 13")

    desk.turn_to(on(2, 10))
    story.change(one, "max", Interval.MONTH)
    story.change(three, "max", Interval.YEAR)
    story.change(nine, "basic", Interval.MONTH)
    story.cancel(six)
    story.cancel(second)
    transfers.transfer(desk.billing, story.owner, twelve, thirteen.id)
    desk.gateway.expect("tok_seven", *[Behaviour.DECLINES] * 5)
    for month, day in ((2, 28), (3, 3), (3, 8), (3, 15), (3, 22)):
        desk.turn_to(on(month, day))
    desk.turn_to(on(3, 23))
    subscriptions.restart(desk.billing, story.owner, six, key=desk.key())
    story.buy(12, "live-chat/basic/month")
    story.cancel(one)  # ends on 31 March, when nobody looks
    desk.turn_to(on(4, 2))


def test_recurring_revenue_moves_as_computed_by_hand_and_adds_up_to_the_cent(at_desk: Desk) -> None:
    live(at_desk)
    for month, expected in BY_HAND.items():
        (found,) = recurring_revenue.mrr(at_desk.billing, month).totals
        amounts = (found.opening, *found.movements.values(), found.closing)
        assert tuple(found.customers) == ("opening", *found.movements, "closing") == MOVEMENTS
        assert tuple(map(str, amounts)) == expected, month
        assert tuple(found.customers.values()) == CUSTOMERS[month], month
        assert sum(found.movements.values(), found.opening) == found.closing
        assert (found.recorded_late, found.is_equal) == (month == "2026-04", True)
        (lost,) = recurring_revenue.churn(at_desk.billing, month).totals
        shares = [
            str(each) if each is not None else None for each in (lost.customer_churn, lost.revenue_churn)
        ]
        assert (
            *(lost.customers, lost.lost_by_cancelling, lost.lost_by_failed_payment, shares[0]),
            *map(str, (lost.opening, lost.revenue_cancelled, lost.revenue_failed)),
            shares[1],
        ) == LOST[month]

    assert "EUR: facts and plans agree." in run("mrr", "--month", "2026-03").output
    assert (
        "EUR: 1 of the plans that ended did so before this month" in run("mrr", "--month", "2026-04").output
    )
    properties.register_workspace(at_desk.billing, OTHER, "Altro", "it")
    for name in ("mrr", "churn"):
        assert report(name, "--month", "2026-02", "--workspace", OTHER)["totals"] == []
        assert "Nobody paid for a plan." in run(name, "--month", "2026-02", "--workspace", OTHER).output
        assert len(report(name, "--month", "2026-02", "--workspace", WORKSPACE)["totals"]) == 1

    # What the plans themselves say is held against the facts.
    at_desk.execute("UPDATE subscriptions SET quantity = 2 WHERE quantity = 3")
    for name in ("mrr", "churn"):
        ended = run(name, "--month", "2026-02")
        assert ended.exit_code == 1
        assert "EUR: the facts have 273.00 now, the plans 263.00. `verify` says where" in ended.output


def test_who_buys_while_the_report_is_read_makes_no_difference_between_the_facts_and_the_plans(
    desk: Desk,
) -> None:
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner))
    late = desk.property_of(owner, "Duomo")
    bought: list[str] = []

    def buy_another(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "sum(prices.minor" in statement and not bought:
            bought.append("as the plans were just read")
            desk.buy(owner, late)

    event.listen(desk.billing.engine, "after_cursor_execute", buy_another)
    try:
        (found,) = recurring_revenue.mrr(desk.billing, "2026-01").totals
    finally:
        event.remove(desk.billing.engine, "after_cursor_execute", buy_another)
    (then,) = recurring_revenue.mrr(desk.billing, "2026-01").totals
    assert bought
    assert (found.is_equal, then.is_equal) == (True, True)
    assert then.facts == 2 * found.facts


def test_a_workbook_has_real_numbers_and_dates(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    corrected(sqlite_desk)
    for name, headings, line in (
        ("mrr", ["Valuta", "Variazione", "Clienti", "MRR"], ["EUR", "iniziale", 1, 10]),
        ("churn", ["Valuta", "Persi", "Clienti", "MRR"], ["EUR", "all’inizio", 1, 10]),
        (
            "journal",
            ["Valuta", "Conto", "Dare", "Avere", "Saldo del mese"],
            ["EUR", "crediti verso clienti", Decimal("12.2"), Decimal("6.1"), Decimal("6.1")],
        ),
        (
            "ageing",
            ["Valuta", "Fattura", "Emessa il", "Giorni di ritardo", "Workspace", "Proprietà", "Da pagare"],
            # 46081 is 28 February 2026, in days since 30 December 1899.
            ["EUR", "2026-000002", 46081, 0, WORKSPACE, "Piazza", Decimal("6.1")],
        ),
    ):
        file = tmp_path / f"{name}.xlsx"
        ended = run(name, "--month", "2026-02", "--xlsx", str(file), "--language", "it")
        assert ended.exit_code == 0, ended.output
        assert ended.stderr == f"{file} contiene le stesse righe in una cartella di lavoro.\n"
        assert cells(file)[:2] == [headings, line]


def cells(workbook: Path) -> list[list[object]]:
    """The rows of the first sheet: text as str, numbers as Decimal; a formula is neither."""
    with ZipFile(workbook) as archive:
        texts = ["".join(each.itertext()) for each in etree.fromstring(archive.read("xl/sharedStrings.xml"))]
        sheet = etree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    assert sheet.find(".//{*}f") is None
    return [
        [texts[int(cell[0].text)] if cell.get("t") == "s" else Decimal(cell[0].text) for cell in row]
        for row in sheet.iter("{*}row")
    ]
