"""Reports of books in four currencies: rows of each by itself, never added together, and what a month reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from billing.adapters.gateways.sandbox import Behaviour
from billing.models import Posting
from billing.models.ledger import Account
from billing.queries import reports as queries
from billing.services import catalogue, credit_notes, properties
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from tests.billing.desk import Desk
from tests.billing.test_reports import booked, report, run

# The price of a month, and it with 22 % of VAT; of the renewal so much is credited, and so much stays open.
PRICES = {"EUR": "10.00", "JPY": "1500", "KWD": "1.500", "USD": "12.00"}
WITH_VAT = {"EUR": "12.20", "JPY": "1830", "KWD": "1.830", "USD": "14.64"}
TAX = {"EUR": "2.20", "JPY": "330", "KWD": "0.330", "USD": "2.64"}
CREDITED = {"EUR": "6.10", "JPY": "610", "KWD": "0.610", "USD": "0.01"}
OPEN = {"EUR": "6.10", "JPY": "1220", "KWD": "1.220", "USD": "14.63"}
NOTHING = {"EUR": "0.00", "JPY": "0", "KWD": "0.000", "USD": "0.00"}
CURRENCIES = tuple(PRICES)


def sell(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "catalogue.toml"
    month = ", ".join(f'{currency} = "{price}"' for currency, price in PRICES.items())
    file.write_text(
        'version = 2\ncurrency = "EUR"\n[add_ons.live-chat]\nname = "Live Chat"\n'
        f'plans.basic = {{ name = "Basic", month = {{ {month} }} }}\n'
    )
    catalogue.apply(desk.billing, file)


def live(desk: Desk, tmp_path: Path) -> None:
    """A plan bought in each currency on 31 January; its renewal of 28 February is declined, and credited in part."""
    sell(desk, tmp_path)
    owner = desk.owner()
    for currency in CURRENCIES:
        shop = properties.create(
            desk.billing, owner, currency, "Europe/Rome", "IT", is_workspace_owner=True, currency=currency
        )
        desk.buy(owner, shop, token=f"tok_{currency}")
        desk.gateway.expect(f"tok_{currency}", Behaviour.DECLINES)
    desk.turn_to(datetime(2026, 2, 28, 12, tzinfo=UTC))
    numbers = desk.rows("SELECT currency, number FROM invoices WHERE issued_on = '2026-02-28'")
    for currency, number in numbers:
        credit_notes.issue(desk.billing, number, Wanted(CREDITED[currency], False))


def sums(found: list[dict[str, str]], name: str) -> dict[str, str]:
    """A figure of each currency's line."""
    return {line["currency"]: line[name] for line in found}


def test_each_currency_is_reported_by_itself_with_its_own_decimals(at_desk: Desk, tmp_path: Path) -> None:
    live(at_desk, tmp_path)
    assert booked("2026-01") == [
        line
        for each in CURRENCIES
        for line in (
            [each, "receivable", WITH_VAT[each], WITH_VAT[each], NOTHING[each]],
            [each, "cash", WITH_VAT[each], NOTHING[each], WITH_VAT[each]],
            [each, "revenue", NOTHING[each], PRICES[each], f"-{PRICES[each]}"],
            [each, "tax", NOTHING[each], TAX[each], f"-{TAX[each]}"],
        )
    ]
    aged = report("ageing", "--month", "2026-02")["totals"]
    assert sums(aged, "total") == sums(aged, "ledger") == OPEN
    assert {line["currency"]: line["buckets"]["0-30"] for line in aged} == OPEN

    revenue = report("mrr", "--month", "2026-02")["totals"]
    assert sums(revenue, "opening") == sums(revenue, "closing") == PRICES
    assert sums(revenue, "facts") == sums(revenue, "plans") == PRICES
    assert [line["customers"]["closing"] for line in revenue] == [1, 1, 1, 1]
    lost = report("churn", "--month", "2026-02")["totals"]
    assert (sums(lost, "opening"), sums(lost, "revenue_failed")) == (PRICES, NOTHING)

    failed = report("recovery", "--month", "2026-02")["totals"]
    assert [line["invoices"] for line in failed] == [1, 1, 1, 1]
    assert (sums(failed, "credited"), sums(failed, "still_open")) == (CREDITED, OPEN)
    assert (sums(failed, "recovered"), sums(failed, "lost")) == (NOTHING, NOTHING)
    assert verify(at_desk.billing) == ()

    # Who stays unpaid is lost, each in its currency; a journal of all has a total of each.
    for day in (3, 8, 15, 22):
        for currency in CURRENCIES:
            at_desk.gateway.expect(f"tok_{currency}", Behaviour.DECLINES)
        at_desk.turn_to(datetime(2026, 3, day, 12, tzinfo=UTC))
    churned = report("churn", "--month", "2026-03")["totals"]
    assert (sums(churned, "opening"), sums(churned, "revenue_failed")) == (PRICES, PRICES)
    given_up = report("journal", "--month", "2026-03")
    assert sums(given_up["totals"], "debit") == sums(given_up["totals"], "credit") == OPEN
    assert sums(report("recovery", "--month", "2026-02")["totals"], "lost") == OPEN
    assert report("ageing", "--month", "2026-03")["totals"] == []
    for name in ("journal", "mrr", "churn", "ageing", "recovery"):
        said = run(name, "--month", "2026-02").output
        assert [line[:3] for line in said.splitlines() if line.startswith(CURRENCIES) and ": " in line] == [
            *CURRENCIES
        ], said


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_journal_of_a_month_reads_that_month_alone(desk: Desk) -> None:
    line = {"workspace_id": "T1", "line": 1, "property_id": "prop_1", "account": Account.CASH}
    moments = [datetime(2020 + n % 6, 1 + n % 12, 1 + n % 28, tzinfo=UTC) for n in range(20_000)]
    rows = [
        {**line, "entry_id": f"ent_{n}", "currency": "EUR", "minor": 1, "at": at}
        for n, at in enumerate(moments)
    ]
    month = {"since": datetime(2025, 11, 1, tzinfo=UTC), "until": datetime(2025, 12, 1, tzinfo=UTC)}
    with desk.billing.engine.begin() as connection:
        connection.execute(insert(Posting), rows)
        connection.execute(text("ANALYZE postings"))
        statement = queries.journal(of_one=False).compile(
            connection, compile_kwargs={"render_postcompile": True}
        )
        plan = connection.exec_driver_sql(f"EXPLAIN {statement}", {**statement.params, **month})
        said = "\n".join(row[0] for row in plan)
    assert "ix_postings_at" in said, said
