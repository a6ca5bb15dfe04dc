"""Reports of a month say what the ledger says, to the cent: accounts, open invoices by age, failed renewals."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.adapters.gateways.sandbox import Behaviour
from billing.models import Posting
from billing.models.ledger import Account
from billing.services import credit_notes, payments, properties, recovery, reports
from billing.services.credit_notes import Wanted
from billing.values.errors import Unfit
from tests.billing.desk import WORKSPACE, Desk

OTHER = "T0002"
HEADINGS = ["currency", "account", "debit", "credit", "net"]
# Bought on 31 January for 10.00 + 2.20 of VAT.
JANUARY = [
    ["EUR", "receivable", "12.20", "12.20", "0.00"],
    ["EUR", "cash", "12.20", "0.00", "12.20"],
    ["EUR", "revenue", "0.00", "10.00", "-10.00"],
    ["EUR", "tax", "0.00", "2.20", "-2.20"],
]
# Renewed on 28 February, declined; half of that credited (5.00 + 1.10), and of January's 2.00 + 0.44 to send back.
FEBRUARY = [
    ["EUR", "receivable", "12.20", "6.10", "6.10"],
    ["EUR", "revenue", "7.00", "10.00", "-3.00"],
    ["EUR", "tax", "1.54", "2.20", "-0.66"],
    ["EUR", "refund", "0.00", "2.44", "-2.44"],
]


def run(*command: str) -> Result:
    return CliRunner().invoke(program, ["report", *command])


def report(*command: str, exit_code: int = 0) -> Any:
    ended = run(*command, "--json")
    assert ended.exit_code == exit_code, ended.output
    return json.loads(ended.stdout)


def booked(month: str, *command: str) -> list[list[str]]:
    found = report("journal", "--month", month, *command)
    return [[line[heading] for heading in HEADINGS] for line in found["lines"]]


def live(desk: Desk) -> None:
    """Bought, renewed without success, and corrected; nothing that is due is done after that."""
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner))
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    for number, amount, refund in (("2026-000002", "6.10", False), ("2026-000001", "2.44", True)):
        credit_notes.issue(desk.billing, number, Wanted(amount, refund))


def book(desk: Desk, at: datetime, **minor: int) -> None:
    """An entry in another currency and workspace, for no document."""
    with desk.billing.work("test") as work:
        for line, (account, amount) in enumerate(minor.items(), 1):
            of_it = {
                "workspace_id": OTHER,
                "entry_id": f"ent_{at:%m%d}",
                "line": line,
                "property_id": "prop_2",
            }
            work.session.add(Posting(**of_it, account=Account(account), currency="KWD", minor=amount, at=at))


def test_the_journal_of_a_month_is_what_was_booked_in_it_and_its_debits_are_its_credits(
    at_desk: Desk,
) -> None:
    live(at_desk)
    properties.register_workspace(at_desk.billing, OTHER, "Altro", "it")
    # In Rome it is February already.
    book(at_desk, datetime(2026, 1, 31, 23, 30, tzinfo=UTC), cash=1500, credit=-1500)
    kwd = [["KWD", "cash", "1.500", "0.000", "1.500"], ["KWD", "credit", "0.000", "1.500", "-1.500"]]

    assert booked("2026-01") == JANUARY
    assert booked("2026-02") == FEBRUARY + kwd
    assert booked("2026-02", "--workspace", WORKSPACE) == FEBRUARY
    assert booked("2026-02", "--workspace", OTHER) == kwd
    assert report("journal", "--month", "2026-02")["totals"] == [
        {"currency": "EUR", "debit": "20.74", "credit": "20.74"},
        {"currency": "KWD", "debit": "1.500", "credit": "1.500"},
    ]
    said = run("journal", "--month", "2026-02", "--language", "it").output
    assert ["EUR", "crediti", "verso", "clienti", "12.20", "6.10", "6.10"] in map(
        str.split, said.splitlines()
    )
    assert ["EUR", "Totale", "20.74", "20.74", "0.00"] in map(str.split, said.splitlines())
    assert "EUR: dare e avere sono uguali.\nKWD: dare e avere sono uguali.\n" in said

    book(at_desk, datetime(2026, 2, 2, tzinfo=UTC), cash=1)
    ended = run("journal", "--month", "2026-02")
    assert ended.exit_code == 1
    assert "EUR: debits and credits are equal.\nKWD: debits and credits differ." in ended.output


def test_an_open_invoice_ages_in_its_month_and_the_sums_are_the_ledgers_receivables(at_desk: Desk) -> None:
    live(at_desk)
    assert report("ageing", "--month", "2026-01")["invoices"] == []
    at_desk.clock.now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    aged = {
        "2026-02": ("0-30", 0),
        "2026-03": ("31-60", 31),
        "2026-04": ("61-90", 61),
        "2026-05": ("91+", 92),
    }
    aged["2026-06"] = ("91+", 102)  # a month that is not over: as of today
    for month, (bucket, days) in aged.items():
        found = reports.ageing(at_desk.billing, month)
        (one,) = found.invoices
        assert (one.number, one.bucket, one.days, str(one.owed)) == ("2026-000002", bucket, days, "6.10")
        (total,) = found.totals
        assert {name: str(amount) for name, amount in total.buckets.items() if amount} == {bucket: "6.10"}
        assert (str(total.total), str(total.ledger)) == ("6.10", "6.10")
    with pytest.raises(Unfit, match="2026-07 has not begun yet"):
        reports.ageing(at_desk.billing, "2026-07")

    properties.register_workspace(at_desk.billing, OTHER, "Altro", "it")
    book(at_desk, datetime(2026, 2, 2, tzinfo=UTC), receivable=1500, revenue=-1500)
    found = report("ageing", "--month", "2026-02", exit_code=1)
    assert [(one["total"], one["ledger"]) for one in found["totals"]] == [
        ("6.10", "6.10"),
        ("0.000", "1.500"),
    ]
    assert "KWD: the ledger has 1.500 as receivable" in run("ageing", "--month", "2026-02").output
    assert run("ageing", "--month", "2026-02", "--workspace", WORKSPACE).exit_code == 0

    # What is paid later was open before; with it three months are renewed that were missed.
    at_desk.turn(days=0)
    owed = {
        month: [str(one.owed) for one in reports.ageing(at_desk.billing, month, WORKSPACE).invoices]
        for month in ("2026-02", "2026-06")
    }
    assert owed == {"2026-02": ["6.10"], "2026-06": []}
    june = reports.journal(at_desk.billing, "2026-06", WORKSPACE)
    assert {line.account: str(line.net) for line in june.lines} == {
        "receivable": "-6.10",
        "cash": "42.70",
        "revenue": "-30.00",
        "tax": "-6.60",
    }


def test_the_file_of_a_report_has_its_lines(at_desk: Desk, tmp_path: Path) -> None:
    live(at_desk)
    for name, headings in (
        ("journal", ["Valuta", "Conto", "Dare", "Avere", "Saldo del mese"]),
        (
            "ageing",
            ["Valuta", "Fattura", "Emessa il", "Giorni di ritardo", "Workspace", "Proprietà", "Da pagare"],
        ),
    ):
        file = tmp_path / f"{name}.csv"
        ended = run(name, "--month", "2026-02", "--csv", str(file), "--language", "it")
        assert (ended.exit_code, ended.stderr) == (0, f"{file} contiene le stesse righe in formato CSV.\n")
        first, *rows = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
        assert first == headings
        if name == "journal":
            assert [row[2:] for row in rows] == [line[2:] for line in FEBRUARY]
        else:
            assert rows == [["EUR", "2026-000002", "2026-02-28", "0", WORKSPACE, "Piazza", "6.10"]]


@pytest.mark.parametrize("name", ["journal", "ageing"])
def test_what_cannot_be_reported_is_said_in_a_sentence(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    for month, why in (
        ("2026", "'2026' is not a month like 2026-11"),
        ("2026-13", "'2026-13' is not a month like 2026-11"),
        ("0001-01", "'0001-01' is not a month like 2026-11"),
        ("2199-12", "2199-12 has not begun yet"),
    ):
        ended = run(name, "--month", month)
        assert (ended.exit_code, ended.output) == (1, f"There is no report: {why}.\n")
    assert "There is no such workspace" in run(name, "--month", "2026-01", "--workspace", "T0").output
    nowhere = run(name, "--month", "2026-01", "--csv", str(tmp_path / "no" / "file.csv"), "--language", "it")
    assert nowhere.exit_code == 1
    assert nowhere.stderr.startswith("Non è stato scritto nulla")
    assert "Ness" in nowhere.stdout


DECLINES = Behaviour.DECLINES
# What each card does with the renewal of 28 February and its retries of 3, 8, 15 and 22 March.
CARDS = {
    "first": [DECLINES],
    "third": [DECLINES] * 3,
    "never": [DECLINES] * 5,
    "credited": [DECLINES],
    "payer": [DECLINES],
    "fine": [],
}
STANDS = (
    "property_name",
    "outcome",
    "failed",
    "retry",
    "days",
    "recovered",
    "lost",
    "credited",
    "still_open",
)
FINAL = [
    ("first", "recovered", 1, 1, 3, "12.20", "0.00", "0.00", "0.00"),
    ("third", "recovered", 3, 3, 15, "12.20", "0.00", "0.00", "0.00"),
    ("never", "lost", 5, None, None, "0.00", "12.20", "0.00", "0.00"),
    ("credited", "credited", 1, None, None, "0.00", "0.00", "12.20", "0.00"),
    # 2.20 of it were credited before.
    ("payer", "recovered", 1, None, 2, "10.00", "0.00", "2.20", "0.00"),
]


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def fail_renewals(desk: Desk) -> None:
    owner = desk.owner()
    for name in CARDS:
        desk.buy(owner, desk.property_of(owner, name), token=f"tok_{name}")
    for name, behaviours in CARDS.items():
        desk.gateway.expect(f"tok_{name}", *behaviours)
    desk.turn_to(on(2, 28))
    numbers = dict(
        map(
            tuple,
            desk.rows(
                "SELECT p.name, i.number FROM invoices i JOIN properties p ON p.workspace_id = i.workspace_id"
                " AND p.id = i.property_id ORDER BY i.sequence"
            ),
        )
    )
    credit_notes.issue(desk.billing, numbers["credited"], Wanted("12.20", False))
    credit_notes.issue(desk.billing, numbers["payer"], Wanted("2.20", False))
    desk.turn_to(on(3, 2))
    (unpaid,) = desk.rows(
        "SELECT y.id FROM payments y JOIN properties p ON p.workspace_id = y.workspace_id AND p.id = y.property_id"
        " WHERE p.name = 'payer' AND y.state = 'open'"
    )
    payments.pay_now(desk.billing, owner, unpaid.id)
    for day in (3, 8, 15):
        desk.turn_to(on(3, day))


def test_each_failed_renewal_is_recovered_lost_credited_or_open_to_the_cent(at_desk: Desk) -> None:
    fail_renewals(at_desk)
    (total,) = recovery.recovery(at_desk.billing, "2026-02").totals
    sums = (total.recovered, total.lost, total.credited, total.still_open)
    assert tuple(map(str, sums)) == ("34.40", "0.00", "14.40", "12.20")
    assert (total.invoices, total.is_equal) == (5, True)

    at_desk.turn_to(on(3, 22))
    found = report("recovery", "--month", "2026-02")
    assert sorted(tuple(one[name] for name in STANDS) for one in found["invoices"]) == sorted(FINAL)
    assert [(one["retry"], one["invoices"], one["amount"], one["days"]) for one in found["by_retry"]] == [
        (1, 1, "12.20", "3.0"),
        (3, 1, "12.20", "15.0"),
        (None, 1, "10.00", "2.0"),
    ]
    (summed,) = found["totals"]
    ledger = {"recovered": "34.40", "lost": "12.20", "credited": "14.40", "still_open": "0.00"}
    assert summed == {"currency": "EUR", "invoices": 5, **ledger, "ledger": ledger}
    assert report("recovery", "--month", "2026-01")["totals"] == []
    assert report("recovery", "--month", "2026-02", "--workspace", WORKSPACE)["totals"] == [summed]
    said = run("recovery", "--month", "2026-02", "--language", "it")
    assert said.exit_code == 0
    assert "EUR: la contabilità ha le stesse somme." in said.output

    at_desk.execute("UPDATE payments SET minor = minor + 1 WHERE state = 'uncollectible'")
    ended = run("recovery", "--month", "2026-02")
    assert ended.exit_code == 1
    assert (
        "EUR: the ledger has recovered 34.40, lost 12.20, credited 14.40, still open 0.00. `verify`"
        in ended.output
    )
