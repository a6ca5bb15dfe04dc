"""Exchange rates for VAT in euros: fetched or read from a file, kept once, and none that is too old."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import ecb
from billing.adapters.gateways.sandbox import Behaviour
from billing.scheduler import make_scheduler
from billing.services import changes, companies, credit_notes, exchange_rates, purchases
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.errors import InvoiceIncomplete, Unfit
from billing.values.exchange_rates import TAX_IN_EURO, ExchangeRate, RatesUnavailable
from tests.billing.desk import MILANO, Desk, at_once, both_look_before_either_writes
from tests.billing.dollars import BUYER, PUBLISHED, RATES, buy, said
from tests.serving import running

BERLIN = BillingAddress("Beispiel GmbH", "Unter den Linden 1", "Berlin", "DE", postal_code="10117")

GMBH = Company("Beispiel GmbH", vat_number="DE136695976")


@pytest.mark.parametrize("newer", [False, True], ids=["none newer", "a newer one"])
def test_a_rate_a_week_old_as_it_was_bought_is_too_old_the_day_after_when_the_bank_let_it_pass(
    lacking: Desk, *, newer: bool
) -> None:
    week_old = ExchangeRate("USD", date(2026, 1, 24), Decimal("1.1"), "ECB")
    exchange_rates.keep(lacking.billing, [week_old])
    lacking.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    plan = buy(lacking)
    assert (len(lacking.invoices()), lacking.charged()) == (0, [])
    if newer:
        exchange_rates.keep(lacking.billing, [replace(week_old, day=date(2026, 1, 30), rate=Decimal("1.2"))])
    lacking.gateway.authenticate(lacking.gateway.calls[-1])
    lacking.turn(days=1)
    assert lacking.charged() == [12200]
    (payment,) = lacking.payments()
    if newer:
        assert said(lacking) == [("USD", 2200, 1833, "1.2", "ECB")]
        assert (payment.state, lacking.plan(plan.id).status) == ("paid", "active")
    else:  # the money is kept for them, and no invoice lacks what the law asks of it
        credit = lacking.rows("SELECT SUM(minor) FROM postings WHERE account = 'credit'")
        assert (int(credit[0][0]), said(lacking), len(lacking.invoices())) == (-12200, [], 0)
        assert (payment.state, lacking.plan(plan.id).status) == ("failed", "abandoned")
    assert verify(lacking.billing) == ()


def test_without_a_rate_of_the_week_nothing_is_sold_and_nothing_charged(lacking: Desk) -> None:
    for rates in ([], [ExchangeRate("USD", date(2026, 1, 23), Decimal("1.1"), "ECB")]):
        exchange_rates.keep(lacking.billing, rates)
        with pytest.raises(InvoiceIncomplete) as refused:
            buy(lacking)
        assert refused.value.field == TAX_IN_EURO
    assert (lacking.charged(), lacking.rows("SELECT id FROM invoices")) == ([], [])
    exchange_rates.keep(lacking.billing, [ExchangeRate("USD", date(2026, 1, 24), Decimal("1.1"), "ECB")])
    buy(lacking)
    assert said(lacking) == [("USD", 2200, 2000, "1.1", "ECB")]


def test_a_renewal_without_a_rate_waits_for_it_and_service_goes_on(at: Desk) -> None:
    plan = buy(at, "live-chat/basic/month")
    at.turn(days=28, hours=1)
    assert len(at.invoices()) == 1, "the newest rate is 29 days old"
    assert at.plan(plan.id).status == "active"
    exchange_rates.keep(at.billing, [ExchangeRate("USD", date(2026, 2, 27), Decimal("1.2"), "ECB")])
    at.turn(hours=1)
    assert [row.rate for row in at.rows("SELECT rate FROM euro_taxes ORDER BY rate")] == ["1.0850", "1.2"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it is not XML"),
        (b"<html/>", "it has no rates"),
        (PUBLISHED.replace(b"1.0850", b"-1"), "USD -1 is no rate"),
        (PUBLISHED.replace(b"1.0850", b"1e9"), "USD 1e9 is no rate"),
        (PUBLISHED.replace(b"1.0850", b"0"), "USD 0 is no rate"),
        (PUBLISHED.replace(b'"USD" rate="1.0850"', b'"usd" rate="1"'), "usd 1 is no rate"),
        (PUBLISHED.replace(b"2026-01-30", b"yesterday"), "'yesterday' is no day"),
    ],
)
def test_a_file_that_is_none_of_the_ecb_s_is_said_and_none_of_it_kept(content: bytes, fault: str) -> None:
    with pytest.raises(Unfit) as unfit:
        ecb.read(content)
    assert str(unfit.value) == fault


def test_rates_are_fetched_once_a_day_over_http_and_a_server_that_is_away_is_asked_again(
    lacking: Desk,
) -> None:
    answers, asked = [Response("<html>", 503), Response("<html>"), Response(PUBLISHED)], list[str]()

    async def answer(request: Request) -> Response:
        asked.append(request.url.path)
        return answers[min(len(asked), len(answers)) - 1]

    with running(Starlette(routes=[Route("/rates.xml", answer)])) as url:
        source = ecb.EcbRates(f"{url}/rates.xml", seconds=5).fetch
        billing = replace(lacking.billing, rate_source=source)
        for _ in range(2):
            exchange_rates.run(billing)
            assert exchange_rates.newest_day(billing) is None
        exchange_rates.run(billing)
        assert exchange_rates.newest_day(billing) == date(2026, 1, 30)
        exchange_rates.run(billing)
        assert len(asked) == 4, "those of today may be there by now"
        exchange_rates.keep(billing, [ExchangeRate("USD", date(2026, 1, 31), Decimal("1.1"), "ECB")])
        exchange_rates.run(billing)
        assert len(asked) == 4
        assert "exchange rates" in str([job.func for job in make_scheduler(billing).get_jobs()])
    with pytest.raises(RatesUnavailable, match="NewConnectionError"):
        ecb.EcbRates("http://127.0.0.1:9/rates.xml", seconds=2).fetch()


def test_rates_that_two_processes_fetched_at_once_are_kept_once(desk: Desk) -> None:
    rates = [ExchangeRate("USD", date(2026, 2, day), Decimal("1.2"), "ECB") for day in (25, 26, 27)]
    fetchers = [
        lambda: exchange_rates.keep(desk.billing, rates),
        lambda: exchange_rates.keep(desk.billing, rates[1:]),
    ]
    is_postgresql = desk.billing.engine.dialect.name == "postgresql"  # SQLite lets only one look
    with (
        both_look_before_either_writes(desk.billing.engine, "exchange_rates")
        if is_postgresql
        else nullcontext()
    ):
        kept = at_once(*fetchers)
    assert sum(kept) == 3
    days = [str(day) for (day,) in desk.rows("SELECT day FROM exchange_rates ORDER BY day")]
    assert days == ["2026-02-25", "2026-02-26", "2026-02-27"]


def test_check_says_that_rates_are_old(lacking: Desk) -> None:
    assert "the newest rates are of -" in str(exchange_rates.fault(lacking.billing))
    exchange_rates.keep(lacking.billing, RATES)
    assert exchange_rates.fault(lacking.billing) is None
    lacking.wait(timedelta(days=7))
    assert "the newest rates are of 2026-01-30" in str(exchange_rates.fault(lacking.billing))
    without = replace(lacking.billing, issuer=replace(lacking.billing.issuer, says_euros=False))
    assert exchange_rates.fault(without) is None


@pytest.mark.parametrize("language", ["en", "it"])
def test_check_says_what_the_law_asks_where_dollars_are_charged_and_no_euros_said_and_all_is_well(
    lacking: Desk, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    desk, said = (
        lacking,
        {
            "en": "EXCHANGE_RATES=off, and prices are in USD: invoices in another currency than euro must state",
            "it": "EXCHANGE_RATES=off e ci sono prezzi in USD: le fatture in una valuta diversa dall’euro devono",
        },
    )
    own = {"NAME": "Venditore S.p.A.", "ADDRESS": "Via dei Mille 10", "VAT_NUMBER": "IT01114601006"}
    for name, value in own.items():
        monkeypatch.setenv(f"SELLER_{name}", value)
    monkeypatch.setenv("DATABASE_URL", desk.billing.engine.url.render_as_string(hide_password=False))

    def check(rates: str) -> tuple[int, bool]:
        monkeypatch.setenv("EXCHANGE_RATES", rates)
        ended = CliRunner().invoke(program, ["check", "--language", language])
        return ended.exit_code, said[language] in ended.output

    assert check("off") == (0, True)
    assert check("file") == (1, False), "there is no rate"
    exchange_rates.keep(desk.billing, RATES)
    abroad = replace(desk.billing.issuer, says_euros=False)
    abroad = replace(abroad, seller=replace(abroad.seller, country="SE"))
    assert exchange_rates.note(replace(desk.billing, issuer=abroad)) is None


def test_who_sells_in_euros_alone_needs_no_rate(sqlite_desk: Desk) -> None:
    billing = sqlite_desk.billing
    issuer = replace(billing.issuer, says_euros=True)
    assert exchange_rates.fault(replace(billing, issuer=issuer)) is None
    assert exchange_rates.note(billing) is None


def test_an_operator_imports_a_file_and_lists_it(
    lacking: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", lacking.billing.engine.url.render_as_string(hide_password=False))

    def run(*command: str) -> tuple[int, str]:
        ended = CliRunner().invoke(program, ["rates", *command])
        return ended.exit_code, ended.output

    assert run("list") == (0, "No rates are kept.\n")
    path = tmp_path / "eurofxref-hist-90d.xml"
    assert run("import", str(path)) == (
        1,
        f"No rates were read: {path} does not exist.\n",
    )
    path.write_bytes(PUBLISHED)
    assert run("import", str(path)) == (0, "4 new rates are kept.\n")
    assert run("import", str(path), "--language", "it") == (0, "0 nuovi cambi registrati.\n")
    assert run("list") == (
        0,
        "2026-01-30  1 EUR = 163.5 JPY  ECB\n2026-01-30  1 EUR = 1.0850 USD  ECB\n",
    )
    monkeypatch.setenv("EXCHANGE_RATES_URL", "http://127.0.0.1:9/")
    assert run("fetch") == (
        1,
        "No rates were fetched: NewConnectionError. Try again later, or take a file of the ECB by rates import.\n",
    )


def test_what_an_upgrade_gives_back_is_not_credited_where_its_invoice_cannot_be_issued(at: Desk) -> None:
    """Billed in Germany without VAT, then moved to Italy; when the bank has its answer no rate is new enough."""
    owner = at.owner()
    order = replace(at.order(owner, at.property_of(owner)), company=GMBH, address=BERLIN)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    at.turn(days=6)
    typed = {"legal_name": BUYER.legal_name, "vat_number": BUYER.vat_number}
    companies.change(at.billing, owner, plan.id, typed, at.plan(plan.id).version, MILANO)
    at.gateway.expect("tok_visa", Behaviour.ASKS_FOR_ACTION)
    changes.change(at.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    at.gateway.authenticate(at.gateway.calls[-1])
    at.turn(hours=16)
    assert (at.plan(plan.id).plan, len(at.invoices()), at.rows("SELECT number FROM credit_notes")) == (
        "Basic",
        1,
        [],
    )
    assert at.rows("SELECT type FROM facts WHERE type = 'credit_note.issued'") == []
    (credit,) = at.rows("SELECT -SUM(minor) AS minor FROM postings WHERE account = 'credit'")
    assert (at.charged()[1:], at.payments()[1].state) == ([credit.minor], "failed")
    assert verify(at.billing) == ()
    issue = credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("1.00"))
    assert issue.number == "CN-2026-000001"  # no number is missing
