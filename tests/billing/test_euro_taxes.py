"""VAT in euros of documents in other currencies: by the rate of their day, frozen with them, never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from billing.services import catalogue, credit_notes, downloads, exchange_rates, purchases
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.exchange_rates import ExchangeRate, in_cents
from billing.values.money import Money
from tests.billing.desk import MILANO, Desk
from tests.billing.dollars import buy, printed, said
from tests.billing.test_downloads import listed, packed
from tests.billing.test_einvoices import sending

LINE = "VAT in euro €20.28 (1 EUR = 1.0850 USD, ECB, Jan 30, 2026)."


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


def test_renewals_in_bulk_and_one_by_one_say_it_too(at: Desk) -> None:
    buy(at, "live-chat/basic/month")
    buy(at, "live-chat/basic/month")
    exchange_rates.keep(at.billing, [ExchangeRate("USD", date(2026, 2, 27), Decimal("1.2000"), "ECB")])
    at.turn(days=28, hours=1)
    assert [row.rate for row in at.rows("SELECT rate FROM euro_taxes ORDER BY rate")] == ["1.0850"] * 2 + [
        "1.2000"
    ] * 2
    assert verify(at.billing) == ()


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
