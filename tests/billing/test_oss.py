"""The return of the One Stop Shop: by member state and rate, corrections by quarter, as the ledger has it."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from billing.__main__ import program
from billing.services import catalogue, credit_notes, oss, purchases
from billing.services.credit_notes import Wanted
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.tax import DEFAULT_TABLE, read_table
from tests.billing.desk import CATALOGUE, MILANO, WORKSPACE, Desk

RATES = '[[oss]]\ncountry = "{}"\nrate = {}\nfrom = 2021-07-01\n'
BERLIN = BillingAddress("Anna Beispiel", "Hauptstraße 1", "Berlin", "DE", "10115")
PARIS = BillingAddress("Jean Exemple", "1 rue de la Paix", "Paris", "FR", "75002")
COMPANY = Company("Beispiel GmbH", "DE136695976")
LINE = ("quarter", "country", "rate", "documents", "net", "tax")


def run(*command: str) -> Result:
    return CliRunner().invoke(program, ["report", "oss", *command])


def report(quarter: str, *command: str, exit_code: int = 0) -> Any:
    ended = run("--quarter", quarter, *command, "--json")
    assert ended.exit_code == exit_code, ended.output
    return json.loads(ended.stdout)


def lines(found: Any, name: str) -> list[tuple[Any, ...]]:
    return [tuple(line[each] for each in LINE) for line in found[name]]


@pytest.fixture
def sold(at_desk: Desk, tmp_path: Path) -> Desk:
    """120.00 each sold to Berlin and Paris, $100.00 to Berlin, by a seller who is registered; credit notes."""
    table = tmp_path / "tax.toml"
    table.write_text(DEFAULT_TABLE.read_text() + RATES.format("DE", 1900) + RATES.format("FR", 2000))
    issuer = replace(at_desk.billing.issuer, taxes=read_table(table))
    desk = replace(at_desk, billing=replace(at_desk.billing, issuer=issuer))

    buy(desk, "Italia", MILANO)
    buy(desk, "Firma", BERLIN, COMPANY)
    credit(desk, buy(desk, "Berlin", BERLIN), "11.90")
    paris = buy(desk, "Paris", PARIS)
    dollars = tmp_path / "catalogue.toml"
    text = CATALOGUE.read_text().replace("version = 1", "version = 2").replace('"EUR"', '"USD"')
    dollars.write_text(text.replace('year = "120.00"', 'year = "100.00"'))
    catalogue.apply(desk.billing, dollars)
    berlin = buy(desk, "Dollar", BERLIN)

    desk.clock.now = datetime(2026, 4, 15, 12, tzinfo=UTC)
    credit(desk, paris, "12.00")
    credit(desk, berlin, "11.90")
    return desk


def buy(desk: Desk, name: str, address: BillingAddress, company: Company | None = None) -> str:
    """A year of Live Chat; the number of its invoice."""
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner, name), "live-chat/basic/year")
    bought = replace(order, address=address, company=company)
    purchases.purchase(desk.billing, owner, bought, key=desk.key())
    return desk.invoices()[-1].number


def credit(desk: Desk, number: str, amount: str) -> None:
    credit_notes.issue(desk.billing, number, Wanted(amount, False))


def test_a_quarter_is_declared_by_state_and_rate_and_is_what_the_ledger_has(sold: Desk) -> None:
    found = report("2026-Q1")
    assert lines(found, "supplies") == [
        ("2026-Q1", "DE", "19.00", 2, "110.00", "20.90"),
        ("2026-Q1", "FR", "20.00", 1, "120.00", "24.00"),
    ]
    assert found["corrections"] == []
    assert found["totals"] == [
        {"currency": currency, "net": net, "tax": tax, "ledger_net": net, "ledger_tax": tax}
        for currency, net, tax in (("EUR", "230.00", "44.90"), ("USD", "100.00", "19.00"))
    ]
    (apart,) = found["unconverted"]
    assert (apart["currency"], apart["net"], apart["tax"]) == ("USD", "100.00", "19.00")
    said = run("--quarter", "2026-Q1").output
    assert "is needed: --rate USD=..." in said
    assert ["Total", "3", "230.00", "44.90"] in map(str.split, said.splitlines())

    # 100.00 / 1.1 is 90.909..., 19.00 / 1.1 is 17.2727...
    converted = report("2026-Q1", "--rate", "usd=1.1", "--workspace", WORKSPACE)
    assert lines(converted, "supplies")[0] == ("2026-Q1", "DE", "19.00", 3, "200.91", "38.17")
    assert converted["unconverted"] == []


def test_a_credit_note_for_an_invoice_of_an_earlier_quarter_is_a_correction_of_that_quarter(
    sold: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "oss.csv"
    found = report("2026-Q2", "--csv", str(file))
    assert found["supplies"] == []
    assert lines(found, "corrections") == [("2026-Q1", "FR", "20.00", 1, "-10.00", "-2.00")]
    assert found["balances"] == [{"country": "FR", "tax": "-2.00"}]
    headings, french, dollars = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
    assert headings[-2:] == ["Currency", "Not converted"]
    assert french == ["2026-Q1", "FR", "20.00", "1", "-10.00", "-2.00", "EUR", ""]
    assert dollars[:7] == ["2026-Q1", "DE", "19.00", "1", "-10.00", "-1.90", "USD"]
    # The rate of this quarter is not that of the one that is corrected.
    assert len(report("2026-Q2", "--rate", "USD=1.1")["unconverted"]) == 1
    assert "serve il cambio della BCE dell’ultimo giorno del trimestre: --rate 2026-Q1:USD=..." in (
        run("--quarter", "2026-Q2", "--language", "it").output
    )

    buy(sold, "Berlin 2", BERLIN)
    of_both = report("2026-Q2", "--rate", "2026-Q1:USD=1.1", "--rate", "USD=2")
    assert lines(of_both, "supplies") == [("2026-Q2", "DE", "19.00", 1, "50.00", "9.50")]
    assert lines(of_both, "corrections")[0] == ("2026-Q1", "DE", "19.00", 1, "-9.09", "-1.73")
    assert of_both["balances"] == [{"country": "DE", "tax": "7.77"}, {"country": "FR", "tax": "-2.00"}]
    assert report("2026-Q1")["totals"][0]["tax"] == "44.90"  # what is over stays as it was


def test_where_the_ledger_has_another_sum_the_report_says_so_and_ends_with_1(sold: Desk) -> None:
    same = "workspace_id, entry_id, property_id, account, currency, at, invoice_id"
    one_more = (
        f"INSERT INTO postings (line, minor, {same}) SELECT 9, -1, {same} FROM postings WHERE minor = -2400"
    )
    sold.execute(one_more)
    ended = run("--quarter", "2026-Q1")
    assert ended.exit_code == 1
    assert "EUR: the ledger has 230.00 and 44.91 of VAT of these documents. `verify`" in ended.output
    assert "USD: the ledger has the same sums." in ended.output


def test_what_cannot_be_declared_is_said_in_a_sentence(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", sqlite_desk.billing.engine.url.render_as_string())
    for command, why in (
        (("2026-03",), "'2026-03' is not a quarter like 2026-Q4"),
        (("2026-Q5",), "'2026-Q5' is not a quarter like 2026-Q4"),
        (("2199-Q4",), "2199-Q4 has not begun yet"),
        (("2026-Q1", "--rate", "USD"), "'USD' is not a rate like USD=1.0832 or 2026-Q3:USD=1.0832"),
        (("2026-Q1", "--rate", "USD=0.0"), "'USD=0.0' is not a rate like USD=1.0832 or 2026-Q3:USD=1.0832"),
        (("2026-Q1", "--rate", "2026:USD=1"), "'2026' is not a quarter like 2026-Q4"),
        (("2026-Q1", "--rate", "EUR=1"), "EUR is no currency that is converted to euros"),
        (("2026-Q1", "--rate", "QQQ=1"), "QQQ is no currency that is converted to euros"),
        (("2026-Q1", "--rate", "USD=1", "--rate", "usd=2"), "the same rate is given twice"),
    ):
        ended = run("--quarter", *command)
        assert (ended.exit_code, ended.output) == (1, f"There is no report: {why}.\n")
    none = run("--quarter", "2026-Q1")
    assert none.exit_code == 0
    assert none.output.endswith(
        "Nothing was sold with the VAT of another member state, and nothing corrected.\n"
    )
    assert oss.oss(sqlite_desk.billing, "2026-t1").totals == ()
