"""VAT in euros of documents in other currencies: by the rate of their day, frozen with them, never guessed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from alembic import command
from alembic.config import Config
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from typer.testing import CliRunner

from billing.__main__ import program
from billing.adapters import database, ecb
from billing.adapters.gateways.sandbox import Behaviour
from billing.proving import notes_of_desk
from billing.rendering import file_of
from billing.scheduler import make_scheduler
from billing.services import (
    catalogue,
    changes,
    companies,
    credit_notes,
    downloads,
    exchange_rates,
    purchases,
    seals,
)
from billing.services.chain import SEALED
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval
from billing.values.errors import InvoiceIncomplete, Unfit
from billing.values.exchange_rates import TAX_IN_EURO, ExchangeRate, RatesUnavailable, in_cents
from billing.values.money import Money
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import CATALOGUE, MILANO, Desk, at_once, both_look_before_either_writes
from tests.billing.test_downloads import listed, packed
from tests.billing.test_einvoices import sending
from tests.serving import running

PUBLISHED = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject>
<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
<Cube>
<Cube time="2026-01-30"><Cube currency="USD" rate="1.0850"/><Cube currency="JPY" rate="163.5"/></Cube>
<Cube time="2026-01-29"><Cube currency="USD" rate="1.0900"/><Cube currency="JPY" rate="164"/></Cube>
</Cube></gesmes:Envelope>"""
RATES = ecb.read(PUBLISHED)
BUYER = Company(legal_name="Esempio S.r.l.", vat_number="IT01114601006")
BERLIN = BillingAddress("Beispiel GmbH", "Unter den Linden 1", "Berlin", "DE", postal_code="10117")
GMBH = Company("Beispiel GmbH", vat_number="DE136695976")
LINE = "VAT in euro €20.28 (1 EUR = 1.0850 USD, ECB, Jan 30, 2026)."


def in_dollars(desk: Desk, folder: Path) -> Desk:
    """A desk that sells in dollars and says VAT in euros; a Saturday, the 31st of January."""
    path = folder / "catalogue.toml"
    words = CATALOGUE.read_text().replace("version = 1", "version = 2").replace('"EUR"', '"USD"')
    path.write_text(words.replace('year = "120.00"', 'year = "100.00"'))
    catalogue.apply(desk.billing, path)
    issuer = replace(desk.billing.issuer, says_euros=True)
    return replace(desk, billing=replace(desk.billing, issuer=issuer))


@pytest.fixture
def at(desk: Desk, tmp_path: Path) -> Desk:
    """On SQLite and on PostgreSQL."""
    made = in_dollars(desk, tmp_path)
    exchange_rates.keep(made.billing, RATES)
    return made


@pytest.fixture
def lacking(sqlite_desk: Desk, tmp_path: Path) -> Desk:
    """No rate is known there."""
    return in_dollars(sqlite_desk, tmp_path)


def buy(desk: Desk, what: str = "live-chat/basic/year") -> SubscriptionSnapshot:
    owner = desk.owner()
    order = desk.order(owner, desk.property_of(owner, f"Piazza {desk.key()}"), what)
    order = replace(order, company=BUYER, address=MILANO)
    return purchases.purchase(desk.billing, owner, order, key=desk.key()).subscription


def printed(desk: Desk, language: str) -> str:
    content = file_of(desk.billing, desk.invoices()[0], language).content
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def said(desk: Desk) -> list[tuple[object, ...]]:
    sql = "SELECT currency, tax_minor, cents, rate, source FROM euro_taxes ORDER BY document_id"
    return [tuple(row) for row in desk.rows(sql)]


@pytest.mark.parametrize(
    ("minor", "currency", "rate", "cents"),
    [
        (2200, "USD", "1.0850", 2028),
        (1, "USD", "2", 1),  # half a cent goes up
        (-1, "USD", "2", -1),
        (0, "USD", "1.0850", 0),
        (1635, "JPY", "163.5", 1000),
        (1234, "KWD", "0.3333", 370),
        (4, "USD", "3", 1),
    ],
)
def test_an_amount_is_converted_exactly_and_rounded_once(
    minor: int, currency: str, rate: str, cents: int
) -> None:
    assert in_cents(Money(minor, currency), Decimal(rate)) == cents


def test_the_vat_in_euros_stands_beside_the_document_and_on_its_paper_in_both_languages(at: Desk) -> None:
    buy(at)
    assert said(at) == [("USD", 2200, 2028, "1.0850", "ECB")]
    (invoice,) = at.invoices()
    assert not {"in_euro", "euro"} & set(invoice.document), "the release before reads the document"
    english, italian = (printed(at, language) for language in ("en", "it"))
    assert LINE in english
    assert "IVA in euro 20,28 € (1 EUR = 1,0850 USD, BCE, 30 gen 2026)." in italian
    assert verify(at.billing) == ()


def test_a_credit_note_goes_by_the_rate_of_its_invoice(at: Desk) -> None:
    buy(at)
    at.wait(timedelta(days=30))
    exchange_rates.keep(at.billing, [ExchangeRate("USD", date(2026, 2, 27), Decimal("1.2000"), "ECB")])
    (invoice,) = at.invoices()
    note = credit_notes.issue(at.billing, invoice.number, Wanted("61.00", False))
    (row,) = at.rows("SELECT cents, rate FROM euro_taxes WHERE document_id = :id", id=note.id)
    assert tuple(row) == (1014, "1.0850")
    assert verify(at.billing) == ()


def test_the_euros_of_an_invoice_s_credit_notes_add_up_to_its_own(at: Desk) -> None:
    """7.21 dollars are 6.65 euros, twice that 13.29: the second has 6.64, and the last one what is left of 20.28."""
    buy(at)
    (invoice,) = at.invoices()
    ids = [credit_notes.issue(at.billing, invoice.number, Wanted(part)).id for part in ("40.00", "40.00", "")]
    rows = at.rows("SELECT document_id, tax_minor, cents FROM euro_taxes")
    of_each = {row.document_id: (row.tax_minor, row.cents) for row in rows}
    assert [of_each[id_] for id_ in ids] == [(721, 665), (721, 664), (758, 699)]
    assert of_each[invoice.id] == (2200, 2028)
    assert verify(at.billing) == ()


@pytest.mark.parametrize(("cents", "faults"), [(1013, 0), (1015, 0), (1016, 1)])
def test_verify_takes_no_more_than_the_cent_of_a_credit_note_that_adding_up_needs(
    at: Desk, cents: int, faults: int
) -> None:
    buy(at)
    note = credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("61.00"))
    unguarded(at)
    at.execute("UPDATE euro_taxes SET cents = :cents WHERE document_id = :id", cents=cents, id=note.id)
    assert len(verify(at.billing)) == faults


def test_renewals_in_bulk_and_one_by_one_say_it_too(at: Desk) -> None:
    buy(at, "live-chat/basic/month")
    buy(at, "live-chat/basic/month")
    exchange_rates.keep(at.billing, [ExchangeRate("USD", date(2026, 2, 27), Decimal("1.2000"), "ECB")])
    at.turn(days=28, hours=1)
    assert [row.rate for row in at.rows("SELECT rate FROM euro_taxes ORDER BY rate")] == ["1.0850"] * 2 + [
        "1.2000"
    ] * 2
    assert verify(at.billing) == ()


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


def test_nothing_is_said_of_euros_of_no_vat_and_without_the_setting(lacking: Desk, tmp_path: Path) -> None:
    owner = lacking.owner()
    abroad = lacking.order(owner, lacking.property_of(owner, "Firma"), "live-chat/basic/year")
    address = replace(MILANO, country="DE", postal_code="10115", region="")
    order = replace(abroad, address=address, company=Company("Beispiel GmbH", "DE136695976"))
    purchases.purchase(lacking.billing, owner, order, key="reverse charge")
    issuer = replace(lacking.billing.issuer, says_euros=False)
    buy(replace(lacking, billing=replace(lacking.billing, issuer=issuer)))
    assert (len(lacking.invoices()), said(lacking)) == (2, [])
    assert verify(lacking.billing) == ()


def test_what_may_owe_stamp_duty_keeps_the_rate_and_says_nothing_of_euros(at: Desk, tmp_path: Path) -> None:
    """79 dollars are 72.81 euros, below the limit; a credit note of it is reckoned by the same rate."""
    path = tmp_path / "dear.toml"
    words = (tmp_path / "catalogue.toml").read_text().replace("version = 2", "version = 3")
    path.write_text(words.replace('year = "100.00"', 'year = "79.00"'))
    catalogue.apply(at.billing, path)
    selling = sending(at)
    selling = replace(
        selling,
        billing=replace(selling.billing, issuer=replace(selling.billing.issuer, says_euros=True)),
    )
    owner = selling.owner()
    austin = BillingAddress("Example Inc", "1 Main St", "Austin", "US", "73301", "TX")
    order = selling.order(owner, selling.property_of(owner), "live-chat/basic/year")
    order = replace(order, company=Company("Example Inc", "12-3456789"), address=austin)
    purchases.purchase(selling.billing, owner, order, key="one")
    credit_notes.issue(selling.billing, "2026-000001", Wanted())
    assert said(at) == [("USD", 0, 0, "1.0850", "ECB")] * 2
    files = [bytes(row.content) for row in at.rows("SELECT content FROM einvoices")]
    assert [b"Bollo" in file or b"IVA in euro" in file for file in files] == [False, False]
    assert "VAT in euro" not in printed(selling, "en")
    assert verify(selling.billing) == ()


def test_the_e_invoice_says_it_and_so_does_the_one_that_is_sent_again(at: Desk) -> None:
    selling = sending(at)
    issuer = replace(selling.billing.issuer, says_euros=True)
    selling = replace(selling, billing=replace(selling.billing, issuer=issuer))
    buy(selling)
    (row,) = at.rows("SELECT content FROM einvoices")
    text = "<Causale>IVA in euro: 20.28 EUR (1 EUR = 1.0850 USD, ECB, 30/01/2026)</Causale>"
    assert text in bytes(row.content).decode()


@pytest.mark.parametrize("table", ["euro_taxes", "exchange_rates"])
def test_neither_a_rate_nor_what_came_of_it_can_be_changed(at: Desk, table: str) -> None:
    buy(at)
    for act in (f"UPDATE {table} SET rate = '2'", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="only grows"):
            at.execute(act)
    assert exchange_rates.keep(at.billing, [replace(RATES[0], rate=Decimal(9))]) == 0
    assert exchange_rates.newest(at.billing)[1] == RATES[0]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("cents = 2029", "and by its rate of 1.0850 it is 20.28 EUR."),
        ("tax_minor = 2201", "is that of another amount or currency."),
        ("currency = 'CHF'", "is that of another amount or currency."),
    ],
)
def test_verify_holds_it_against_the_document(at: Desk, change: str, found: str) -> None:
    buy(at)
    unguarded(at)
    at.execute(f"UPDATE euro_taxes SET {change}")
    (finding,) = verify(at.billing)
    assert finding.what.endswith(found)


def test_verify_holds_a_credit_note_s_rate_against_its_invoice_s(at: Desk) -> None:
    buy(at)
    note = credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("61.00", False))
    unguarded(at)
    at.execute("UPDATE euro_taxes SET rate = '1.1', cents = 1000 WHERE document_id = :id", id=note.id)
    (finding,) = verify(at.billing)
    assert finding.what.endswith("in euros by 1.1, and the invoice that it corrects by 1.0850.")


def unguarded(desk: Desk) -> None:
    """Without what the database itself does against it, or notes."""
    for trigger in TRIGGERS[desk.billing.engine.dialect.name]:
        desk.execute(f"DROP TRIGGER {trigger}")


TRIGGERS = {
    "postgresql": ("euro_taxes_only_grow ON euro_taxes", "euro_taxes_noted ON euro_taxes"),
    "sqlite": ("euro_taxes_no_update", "euro_taxes_no_delete", "euro_taxes_noted"),
}
SLIPPED_IN = (
    "INSERT INTO euro_taxes SELECT workspace_id, 'inv_none', 'USD', 1, 1, '1', day, 'ECB' FROM euro_taxes"
)


def sealed(desk: Desk) -> list[tuple[str, bool]]:
    """The documents whose euros were noted, in that order, and whether they are in a seal yet."""
    rows = desk.rows("SELECT row_id, seal FROM sealed_rows WHERE kind = 'euro_taxes' ORDER BY number")
    return [(row.row_id, row.seal is not None) for row in rows]


def found_by_the_chain(desk: Desk) -> list[tuple[str, str]]:
    found = [finding for finding in verify(desk.billing) if finding.invariant == SEALED]
    return [(finding.where[-1], finding.what) for finding in found]


def test_its_row_is_sealed_and_the_chain_says_when_it_was_changed_or_taken_away_or_slipped_in(
    at: Desk,
) -> None:
    buy(at)
    buy(at)
    first, second = (invoice.id for invoice in at.invoices())
    assert sealed(at) == [(first, False), (second, False)]
    assert seals.seal(at.billing) == 1
    assert sealed(at) == [(first, True), (second, True)]
    assert verify(at.billing) == ()
    unguarded(at)
    # Both rate and euros, so that they agree.
    at.execute("UPDATE euro_taxes SET rate = '1.1', cents = 2000 WHERE document_id = :id", id=first)
    changed = (first, "The row of euro_taxes was altered after it was sealed in seal 1.")
    assert [finding.where[-1] for finding in verify(at.billing)] == [first]
    assert found_by_the_chain(at) == [changed]
    at.execute("DELETE FROM euro_taxes WHERE document_id = :id", id=second)
    taken = (second, "The row of euro_taxes is gone; it was in seal 1.")
    assert found_by_the_chain(at)[:2] == [changed, taken]
    at.execute(SLIPPED_IN)
    slipped_in = ("inv_none", "The row of euro_taxes was not noted as it was written: it is in no seal.")
    assert found_by_the_chain(at) == [changed, taken, slipped_in], "though as many are there as were noted"


def test_what_was_written_before_the_upgrade_was_finished_is_sealed_then_and_once(at: Desk) -> None:
    engine = at.billing.engine
    at.execute("DELETE FROM finished_upgrades")
    buy(at)
    (before,) = (invoice.id for invoice in at.invoices())
    assert seals.seal(at.billing) == 1
    assert (sealed(at), verify(at.billing)) == ([], ()), "the version before could not seal it"
    database.migrate(engine)
    # A file is upgraded when its processes are ended; of a server only its operator knows, and `check` reminds them.
    is_file = engine.dialect.name == "sqlite"
    assert sealed(at) == ([(before, False)] if is_file else [])
    assert [str(note).endswith("migrate --finish.") for note in notes_of_desk(at.billing)] == [True] * (
        not is_file
    )
    assert verify(at.billing) == ()
    for _ in range(2):
        database.migrate(engine, finish=True)
        assert (sealed(at), notes_of_desk(at.billing)) == ([(before, False)], [])
    buy(at)
    after = at.invoices()[1].id
    assert seals.seal(at.billing) == 1
    assert (sealed(at), verify(at.billing)) == ([(before, True), (after, True)], ())
    unguarded(at)
    at.execute(f"{SLIPPED_IN} LIMIT 1")
    database.migrate(engine, finish=True)
    assert [where for where, _ in found_by_the_chain(at)] == ["sealed_rows", "inv_none"], "no way past it"
    at.execute("UPDATE euro_taxes SET source = 'me' WHERE document_id = :id", id=before)
    assert (before, "The row of euro_taxes was altered after it was sealed in seal 2.") in found_by_the_chain(
        at
    )


def test_each_is_noted_once_on_the_way_down_and_up_again(at: Desk) -> None:
    buy(at)
    assert seals.seal(at.billing) == 1
    buy(at)
    config = Config(toml_file=database.ROOT / "pyproject.toml")
    config.attributes["engine"] = at.billing.engine
    command.downgrade(config, "0057")
    at.execute(
        "ALTER TABLE payment_attempts ADD COLUMN minor BIGINT"
    )  # of later migrations: what buys is of today
    buy(at)
    at.execute("ALTER TABLE payment_attempts DROP COLUMN minor")
    command.upgrade(config, "head")
    database.migrate(at.billing.engine, finish=True)
    ids = sorted(invoice.id for invoice in at.invoices())
    assert sorted(sealed(at)) == [(ids[0], True), (ids[1], False), (ids[2], False)]
    assert seals.seal(at.billing) == 1
    assert verify(at.billing) == ()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_document_that_is_being_issued_as_the_upgrade_is_finished_is_noted_once(at: Desk) -> None:
    engine = at.billing.engine
    at.execute("DELETE FROM finished_upgrades")
    buy(at)
    waits = "SELECT 1 FROM pg_locks WHERE relation = 'euro_taxes'::regclass AND mode = 'ShareLock' AND NOT granted"
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as writing:
            writing.execute(text(SLIPPED_IN))
            finishing = pool.submit(database.migrate, engine, finish=True)
            while not at.rows(waits):
                assert not finishing.done()
        finishing.result()
    assert sorted(row_id for row_id, _ in sealed(at)) == sorted(["inv_none", at.invoices()[0].id])


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


@pytest.mark.parametrize(
    ("language", "headings", "written"),
    [
        ("en", ("VAT in euro", "Exchange rate"), "documents.csv"),
        ("it", ("IVA in euro", "Cambio"), "documenti.csv"),
    ],
)
def test_the_lists_of_a_download_have_it_and_give_back_what_a_credit_note_does(
    at: Desk, language: str, headings: tuple[str, str], written: str
) -> None:
    plan = buy(at)
    credit_notes.issue(at.billing, at.invoices()[0].number, Wanted("61.00", False))
    owner = at.owner()
    one = downloads.ask(at.billing, owner, "2026-01", property_id=plan.property_id)
    with packed(at, owner, one, language) as archive:
        rows = listed(archive, written)
        workbook = archive.read("2026-01.xlsx")
    assert [tuple(row[heading] for heading in headings) for row in rows] == [
        ("20.28", "1.0850"),
        ("-10.14", "1.0850"),
    ]
    with ZipFile(BytesIO(workbook)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    for number in ("20.28", "-10.14", "1.0850"):
        assert f"<v>{number}</v>" in sheet


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
