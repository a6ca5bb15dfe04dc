"""A desk that sells in dollars and says VAT in euros, by rates of the ECB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader

from billing.adapters import ecb
from billing.rendering import file_of
from billing.services import catalogue, purchases
from billing.values.companies import Company
from billing.values.snapshots import SubscriptionSnapshot
from tests.billing.desk import CATALOGUE, MILANO, Desk

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


def in_dollars(desk: Desk, folder: Path) -> Desk:
    """A desk that sells in dollars and says VAT in euros; a Saturday, the 31st of January."""
    path = folder / "catalogue.toml"
    words = CATALOGUE.read_text().replace("version = 1", "version = 2").replace('"EUR"', '"USD"')
    path.write_text(words.replace('year = "120.00"', 'year = "100.00"'))
    catalogue.apply(desk.billing, path)
    issuer = replace(desk.billing.issuer, says_euros=True)
    return replace(desk, billing=replace(desk.billing, issuer=issuer))


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


@contextmanager
def unguarded(desk: Desk) -> Iterator[None]:
    """Without what the database itself does against it, or notes."""
    if desk.billing.engine.dialect.name == "sqlite":
        for trigger in ("euro_taxes_no_update", "euro_taxes_no_delete", "euro_taxes_noted"):
            desk.execute(f"DROP TRIGGER {trigger}")
        yield
        return
    # Not dropped: the database of the next test would have to be made anew.
    desk.execute("ALTER TABLE euro_taxes DISABLE TRIGGER USER")
    yield
    desk.execute("ALTER TABLE euro_taxes ENABLE TRIGGER USER")
