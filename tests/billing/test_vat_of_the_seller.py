"""Below the threshold of article 59c consumers abroad pay the VAT of the seller's country: no OSS, in nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from billing.services import changes, credit_notes, oss, purchases
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.values.addresses import BillingAddress
from billing.values.cycles import Interval
from billing.values.documents import Buyer
from billing.values.tax import DEFAULT_TABLE, OSS, TaxTable, Treatment, read_table
from tests.billing.desk import Desk
from tests.billing.test_einvoices import sending
from tests.billing.test_fatturapa import VENDITORE, schema, texts

PARIS = BillingAddress("Jean Exemple", "1 rue de la Paix", "Paris", "FR", "75002")
BY_OSS = '[[oss]]\ncountry = "{}"\nrate = {}\nfrom = 2021-07-01\n'
CONSUMERS = 'who = "consumer"\nrate = "oss"\nfrom = 2021-07-01\n'
BELOW = CONSUMERS.replace('"oss"', "{rate}") + "to = 2026-02-09\n"
ABOVE = '\n[[cases]]\nseller = "IT"\nbuyer = "EU"\n' + CONSUMERS.replace("2021-07-01", "2026-02-10")


def table(tmp_path: Path, rate: int) -> TaxTable:
    """Consumers of the Union pay that rate until the day on which more than 10,000 euros were sold, then by OSS."""
    text = DEFAULT_TABLE.read_text(encoding="utf-8")
    assert CONSUMERS in text
    path = tmp_path / "tax.toml"
    more = ABOVE + BY_OSS.format("FR", 2000) + BY_OSS.format("SI", 2200)
    path.write_text(text.replace(CONSUMERS, BELOW.format(rate=rate)) + more, encoding="utf-8")
    return read_table(path)


@pytest.mark.parametrize(
    ("country", "rate", "on", "treated"),
    [
        ("FR", 2200, date(2026, 2, 9), Treatment(2200, "sellers_vat")),
        ("FR", 2200, date(2026, 2, 10), Treatment(2000)),
        ("SI", 2200, date(2026, 2, 9), Treatment(2200, "sellers_vat")),
        ("SI", 2200, date(2026, 2, 10), Treatment(2200)),  # Slovenia's rate happens to be Italy's
        ("FR", 2000, date(2026, 2, 9), Treatment(2000)),  # no rate of Italy's: the buyer's, as it was
        ("IT", 2200, date(2026, 2, 9), Treatment(2200)),
    ],
)
def test_a_rate_of_the_sellers_country_is_its_vat_and_any_other_the_buyers(
    tmp_path: Path, country: str, rate: int, on: date, treated: Treatment
) -> None:
    assert table(tmp_path, rate).treatment(VENDITORE, Buyer("Jean", (), country), on) == treated
    assert table(tmp_path, rate).cases[-1].rate == OSS


def test_a_row_may_say_of_another_rate_that_it_is_the_sellers(tmp_path: Path) -> None:
    row = '\n[[cases]]\nseller = "IT"\nbuyer = "SM"\nwho = "consumer"\nrate = 1000\nnote = "sellers_vat"\n'
    path = tmp_path / "tax.toml"
    path.write_text(DEFAULT_TABLE.read_text(encoding="utf-8") + row + "from = 2021-07-01\n", encoding="utf-8")
    treated = read_table(path).treatment(VENDITORE, Buyer("Gino", (), "SM"), date(2026, 2, 9))
    assert treated == Treatment(1000, "sellers_vat")


def test_each_document_says_whose_vat_it_has_before_and_after_the_threshold(
    desk: Desk, tmp_path: Path
) -> None:
    """Also where one gives back what was sold before it: 18 of 28 days by Italy's rate, the rest by France's."""
    at = sending(desk)
    issuer = replace(at.billing.issuer, taxes=table(tmp_path, 2200))
    at = replace(at, billing=replace(at.billing, issuer=issuer))
    owner = at.owner()
    order = replace(at.order(owner, at.property_of(owner)), address=PARIS)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    at.turn(days=10)
    changes.change(at.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="two")
    first, second = at.invoices()
    note = credit_notes.issue(at.billing, first.number, Wanted("1.22"))

    rows = at.rows("SELECT number, content FROM einvoices ORDER BY progressive")
    files = {row.number: etree.fromstring(bytes(row.content)) for row in rows}
    for file in files.values():
        schema().assertValid(file)
    of_first, of_second, of_note = (files[number] for number in (first.number, second.number, note.number))
    for file, tax in ((of_first, "2.20"), (of_note, "0.22")):
        assert texts(file, "AliquotaIVA") == ["22.00", "22.00"]
        assert (texts(file, "Natura"), texts(file, "Imposta")) == ([], [tax])
    assert texts(of_second, "DettaglioLinee/PrezzoTotale") == ["-6.43", "12.86", "2.57"]
    assert texts(of_second, "DettaglioLinee/AliquotaIVA") == ["22.00", "0.00", "0.00"]
    assert texts(of_second, "DatiRiepilogo/ImponibileImporto") == ["15.43", "-6.43"]
    assert texts(of_second, "DatiRiepilogo/Natura") == ["N7"]
    (france,) = oss.oss(at.billing, "2026-Q1").supplies
    assert (str(france.net), str(france.tax), str(france.rate)) == ("12.86", "2.57", "20.00")
    assert verify(at.billing) == ()
