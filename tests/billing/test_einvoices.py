"""E-invoices: nothing is sold for which none could be made out, and what is issued keeps what they need."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import fatturapa
import pytest
from typer.testing import CliRunner

from billing.__main__ import program
from billing.renewals import single
from billing.services import (
    addresses,
    changes,
    companies,
    credit_notes,
    due_work,
    einvoices,
    oss,
    profiles,
    purchases,
    transfers,
)
from billing.services.changes import PlanSelection
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.settings import BillingSettings
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Interval, local_date
from billing.values.documents import BY_WHOSE_LAW, TAX_NUMBER
from billing.values.errors import BadFields, Fault, InvoiceIncomplete, NotSendable, Unfit
from billing.values.refusals import PaymentDeclined
from billing.values.snapshots import SubscriptionSnapshot
from billing.values.tax import DEFAULT_TABLE, read_table
from tests.billing.desk import MILANO, WORKSPACE, Desk, at_once
from tests.billing.sample_invoice import ENGLISH, pages_of, text_of

ESEMPIO = Company(legal_name="Esempio S.r.l.", vat_number="IT01114601006")
SELLER = {
    "seller_name": "Venditore S.p.A.",
    "seller_street": "Via Manzoni 12",
    "seller_postal_code": "20121",
    "seller_city": "Milano",
    "seller_province": "MI",
    "e_invoices": "export",
}


def sending(desk: Desk, **changed: str) -> Desk:
    """The desk with E_INVOICES on."""
    seller = BillingSettings.model_validate(SELLER | changed).seller
    return replace(desk, billing=replace(desk.billing, issuer=replace(desk.billing.issuer, seller=seller)))


@pytest.mark.parametrize("what", ["live-chat/basic/month", "knowledge-base/standard/month"])
@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"address": None, "company": ESEMPIO}, "buyer address"),
        ({"address": MILANO, "company": None}, "buyer tax number"),
        ({"address": MILANO, "company": Company(pec="esempio@pec.example")}, "buyer tax number"),
    ],
)
def test_what_no_e_invoice_could_be_made_out_for_is_refused_before_a_charge_or_a_trial(
    sqlite_desk: Desk, what: str, given: dict[str, BillingAddress | Company | None], missing: str
) -> None:
    desk = sending(sqlite_desk)
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner), what), **given)  # type: ignore[arg-type]  # of the table above
    for buy in (
        lambda: purchases.preview_purchase(desk.billing, owner, order),
        lambda: purchases.purchase(desk.billing, owner, order, key="one"),
    ):
        with pytest.raises(InvoiceIncomplete) as refused:
            buy()
        assert refused.value.field == missing
    assert (desk.charged(), desk.rows("SELECT id FROM subscriptions")) == ([], [])
    purchases.purchase(sqlite_desk.billing, owner, replace(order, address=MILANO), key="off")


def test_the_issued_document_keeps_both_addresses_in_their_parts(desk: Desk) -> None:
    at = sending(desk)
    owner = at.owner()
    order = replace(
        at.order(owner, at.property_of(owner)), company=Company(codice_fiscale="RSSMRA80A01H501U")
    )
    purchases.purchase(at.billing, owner, order, key="one")
    (document,) = [invoice.read_document() for invoice in at.invoices()]
    seller, buyer = document.seller, document.buyer
    assert (seller.street, seller.postal_code, seller.city, seller.region) == (
        "Via Manzoni 12",
        "20121",
        "Milano",
        "MI",
    )
    assert (buyer.street, buyer.postal_code, buyer.city, buyer.region, buyer.country) == (
        "Via Roma 1",
        "20121",
        "Milano",
        "MI",
        "IT",
    )
    assert (seller.e_invoices, buyer.address) == ("export", MILANO.lines())


def test_the_number_that_e_invoices_need_cannot_be_taken_from_a_plan(sqlite_desk: Desk) -> None:
    desk = sending(sqlite_desk)
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner)), company=ESEMPIO)
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    with pytest.raises(BadFields) as refused:
        companies.change(desk.billing, owner, plan.id, {}, plan.version)
    assert refused.value.faults == {"codice_fiscale": Fault("needed_in_italy")}
    assert desk.plan(plan.id).company == ESEMPIO


def selling_abroad(desk: Desk, tmp_path: Path) -> Desk:
    """The same, for a seller who sells to consumers in France, too."""
    table = tmp_path / "table.toml"
    rate = '\n[[oss]]\ncountry = "FR"\nrate = 2000\nfrom = 2021-07-01\n'
    table.write_text(DEFAULT_TABLE.read_text(encoding="utf-8") + rate, encoding="utf-8")
    at = sending(desk)
    issuer = replace(at.billing.issuer, taxes=read_table(table))
    return replace(at, billing=replace(at.billing, issuer=issuer))


PARIS = BillingAddress("Jean Dupont", "1 rue de la Paix", "Paris", "FR", "75002")
EXAMPLE = {"legal_name": "Esempio S.r.l.", "vat_number": "IT01114601006"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"sdi_code": "XXXXXXX"}, "00313"),
        ({"pec": "a..b@pec.it"}, "00200"),
    ],
)
def test_no_form_keeps_details_for_which_no_e_invoice_could_be_made_out(
    sqlite_desk: Desk, typed: dict[str, str], code: str
) -> None:
    """What it says holds from the next invoice on: that is checked, as before anything is issued."""
    desk = sending(sqlite_desk)
    owner = desk.owner()
    prop, other = desk.property_of(owner), desk.property_of(owner, "Other")
    order = replace(desk.order(owner, prop), company=ESEMPIO)
    plan = purchases.purchase(desk.billing, owner, order, key="one").subscription
    details = MILANO.as_dict() | EXAMPLE | typed
    company = EXAMPLE | typed
    with_profile = partial(profiles.change, desk.billing, owner)
    tries: list[Callable[[], object]] = [
        lambda: companies.change(desk.billing, owner, plan.id, company, plan.version),
        *(
            partial(with_profile, of.id, details, profiles.look_at(desk.billing, owner, of.id).seen)
            for of in (prop, other)
        ),
    ]
    before = desk.everything(but=("audit_entries",))
    for change in tries:
        with pytest.raises(NotSendable) as refused:
            change()
        assert refused.value.code == code
    assert desk.everything(but=("audit_entries",)) == before


def test_a_plan_follows_no_profile_and_goes_to_none_for_which_no_e_invoice_could_be_made_out(
    sqlite_desk: Desk,
) -> None:
    """The profiles are of the time before E_INVOICES."""
    owner = sqlite_desk.owner()
    prop, there = sqlite_desk.property_of(owner), sqlite_desk.property_of(owner, "There")
    plan = sqlite_desk.buy(owner, prop)
    for of in (prop, there):
        seen = profiles.look_at(sqlite_desk.billing, owner, of.id).seen
        bad = MILANO.as_dict() | EXAMPLE | {"sdi_code": "XXXXXXX"}
        profiles.change(sqlite_desk.billing, owner, of.id, bad, seen)
    desk = sending(sqlite_desk)
    own = companies.change(desk.billing, owner, plan.id, EXAMPLE, desk.plan(plan.id).version)
    assert own.has_own_buyer
    with pytest.raises(NotSendable):
        profiles.follow(desk.billing, owner, plan.id)
    for move in (transfers.preview_transfer, transfers.transfer):
        with pytest.raises(NotSendable):
            move(desk.billing, owner, plan.id, there.id)
    assert desk.plan(plan.id).property_id == prop.id


def test_a_consumer_moves_to_italy_with_the_number_that_e_invoices_need(desk: Desk, tmp_path: Path) -> None:
    at = selling_abroad(desk, tmp_path)
    owner = at.owner()
    order = replace(at.order(owner, at.property_of(owner)), address=PARIS)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    with pytest.raises(InvoiceIncomplete) as refused:
        addresses.change(at.billing, owner, plan.id, MILANO, plan.version)
    assert refused.value.field == TAX_NUMBER
    with_number = {"codice_fiscale": "RSSMRA80A01H501U"}
    companies.change(at.billing, owner, plan.id, with_number, plan.version, MILANO)
    at.turn_to(plan.period_end_at)
    assert at.invoices()[-1].read_document().buyer.codice_fiscale == "RSSMRA80A01H501U"


def test_a_consumer_who_moves_abroad_leaves_behind_what_only_italian_invoices_carry(
    desk: Desk, tmp_path: Path
) -> None:
    at = selling_abroad(desk, tmp_path)
    owner = at.owner()
    rossi = Company(codice_fiscale="RSSMRA80A01H501U", pec="rossi@pec.example", purchase_order="PO 1")
    order = replace(at.order(owner, at.property_of(owner)), company=rossi)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    moved = addresses.change(at.billing, owner, plan.id, PARIS, plan.version)
    assert moved.company == Company(purchase_order="PO 1")
    (entry,) = at.audit("company.change")
    assert (entry.before, entry.after) == (
        {"company": rossi.as_dict()},
        {"company": Company(purchase_order="PO 1").as_dict()},
    )


def test_an_upgrade_after_a_move_credits_the_country_that_was_billed(desk: Desk, tmp_path: Path) -> None:
    """French VAT paid through the OSS goes back as such, and the Italian e-invoice knows none of it."""
    at = selling_abroad(desk, tmp_path)
    owner = at.owner()
    order = replace(at.order(owner, at.property_of(owner)), address=PARIS)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    at.turn(days=10)
    plan = companies.change(at.billing, owner, plan.id, EXAMPLE, at.plan(plan.id).version, MILANO)
    changes.change(at.billing, owner, plan.id, PlanSelection("pro", Interval.MONTH), key="up")
    rows = at.rows("SELECT content FROM einvoices ORDER BY progressive")
    first, note, second = (bytes(row.content).decode() for row in rows)
    assert ["<Natura>N7" in one for one in (first, note, second)] == [True, True, False]
    assert "Storno" not in second
    # 18 of 28 days: 6.43 and 1.29 of French VAT go back, 12.86 and 2.83 of Italian VAT are charged.
    assert "<ImportoTotaleDocumento>7.72" in note
    assert "<ImportoTotaleDocumento>15.69" in second
    assert at.charged() == [1200, 797]
    (france,) = oss.oss(at.billing, "2026-Q1").balances
    assert france.tax == Decimal("0.71")
    assert verify(at.billing) == ()


def test_a_public_office_is_charged_the_net_and_pays_the_vat_to_the_tax_office(desk: Desk) -> None:
    """Article 17-ter D.P.R. 633/1972: the books owe no VAT for it, and what is given back is net, too."""
    owner = desk.owner()
    office = Company(codice_fiscale="80012000158", sdi_code="UFABC1")
    order = replace(desk.order(owner, desk.property_of(owner)), company=office)
    quote = purchases.preview_purchase(desk.billing, owner, order)
    purchases.purchase(desk.billing, owner, order, key="one", expected_quote=quote.fingerprint)
    (document,) = [invoice.read_document() for invoice in desk.invoices()]
    assert (desk.charged(), document.net.minor, document.withheld.minor) == ([1000], 1000, 220)
    assert (quote.charge_now.minor, document.total.minor) == (1000, 1000)
    said = text_of(document, ENGLISH)
    assert "the buyer pays the VAT of €2.20 to the tax office" in said
    half = credit_notes.issue(desk.billing, document.number, Wanted("5.00"))
    rest = credit_notes.issue(desk.billing, document.number, Wanted())
    assert (half.total.minor, rest.total.minor) == (500, 500)
    file = credit_notes.as_file(desk.billing, owner, half.id, "en")
    assert "the VAT that the buyer pays to the tax office is €1.10 less" in pages_of(file.content)[0]
    assert verify(desk.billing) == ()


def test_a_company_of_livigno_is_outside_the_vat_territory_and_not_outside_the_union(desk: Desk) -> None:
    at = sending(desk)
    owner = at.owner()
    livigno = replace(MILANO, postal_code="23041", city="Livigno", region="SO")
    order = replace(at.order(owner, at.property_of(owner)), address=livigno, company=ESEMPIO)
    plan = purchases.purchase(at.billing, owner, order, key="one").subscription
    at.turn_to(plan.period_end_at)
    for invoice in at.invoices():
        assert invoice.document["wording"] == BY_WHOSE_LAW
        said = text_of(invoice.read_document(), ENGLISH)
        assert "buyer established outside the VAT territory of the European Union" in said
    assert verify(at.billing) == ()


def test_an_invoice_of_before_is_corrected_as_it_was_issued(sqlite_desk: Desk) -> None:
    """What was never sent is not corrected at the exchange system either, and lacks what that would need."""
    owner = sqlite_desk.owner()
    sqlite_desk.subscribed(owner, sqlite_desk.property_of(owner), address=None)
    desk = sending(sqlite_desk)
    (invoice,) = desk.invoices()
    note = credit_notes.issue(desk.billing, invoice.number, Wanted())
    assert note.total == invoice.total
    (kept,) = desk.rows("SELECT document FROM credit_notes")
    assert "e_invoices" not in str(kept[0])


def bought(desk: Desk) -> SubscriptionSnapshot:
    owner = desk.owner()
    order = replace(desk.order(owner, desk.property_of(owner, f"Piazza {desk.key()}")), company=ESEMPIO)
    return purchases.purchase(desk.billing, owner, order, key=desk.key()).subscription


def files(desk: Desk) -> list[tuple[str, str]]:
    """The file of each e-invoice and the number in it, as another reader reads it, in the order they were made."""
    rows = desk.rows("SELECT file_name, content FROM einvoices ORDER BY progressive")
    return [(row.file_name, fatturapa.parse(bytes(row.content))[0].numero) for row in rows]


def test_each_way_of_issuing_makes_the_e_invoice_with_the_document(desk: Desk) -> None:
    """A purchase, renewals in bulk and one at a time, and a credit note; a purchase that is declined makes none."""
    at = sending(desk)
    first, _ = bought(at), bought(at)
    owner = at.owner()
    declined = replace(at.order(owner, at.property_of(owner, "Corso"), token="tok_declines"), company=ESEMPIO)
    with pytest.raises(PaymentDeclined):
        purchases.purchase(at.billing, owner, declined, key="declined")
    at.wait(timedelta(days=31))
    assert single.catch_up(at.billing, WORKSPACE, first.id).renewed == 1
    due_work.run_due(at.billing)
    credit_notes.issue(at.billing, "2026-000001", Wanted("5.00", reason="Prezzo concordato"))
    made = files(at)
    numbers = [f"2026-{n:06}" for n in range(1, 5)]
    assert [number for _, number in made] == [*numbers, "CN-2026-000001"]
    assert [name for name, _ in made] == [f"IT00743110157_{n:05}.xml" for n in range(1, 6)]
    assert verify(at.billing) == ()
    at.execute("UPDATE einvoices SET digest = 'x' WHERE progressive = 1")
    (found,) = verify(at.billing)
    assert found.what == "The e-invoice of 2026-000001 is not the one that was made."


def test_documents_of_both_series_are_issued_at_once_without_a_deadlock(desk: Desk) -> None:
    at = sending(desk)
    plans = [bought(at) for _ in range(3)]
    at.wait(timedelta(days=31))
    numbers = [f"2026-{n:06}" for n in range(1, len(plans) + 1)]
    notes = [partial(credit_notes.issue, at.billing, number, Wanted("1.22")) for number in numbers]
    answers = at_once(*notes, partial(due_work.run_due, at.billing))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    due_work.run_due(at.billing)  # what a credit note held is left to the next run
    assert len(files(at)) == 9
    assert verify(at.billing) == ()


def test_the_files_of_a_day_are_exported_whole_and_again_the_same(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = sending(sqlite_desk)
    for _ in range(2):
        bought(at)
    bought(sqlite_desk)  # with E_INVOICES off
    at.turn(days=1)
    monkeypatch.setenv("DATABASE_URL", at.billing.engine.url.render_as_string())

    def said(*words: str) -> str:
        return CliRunner().invoke(program, ["einvoices", *words]).output

    assert "2026-000001  IT00743110157_00001.xml  T0001  not exported yet" in said("list")
    export = ("export", "--day", "2026-01-31", "--to", str(tmp_path))
    archive = tmp_path / "einvoices-2026-01-31.zip"
    without = "1 document of that day has none: it was issued with E_INVOICES off, or corrects one that was."
    assert said(*export).splitlines() == [f"{archive}: 2 e-invoices.", without]
    first = archive.read_bytes()
    with ZipFile(archive) as opened:
        names = ["IT00743110157_00001.xml", "IT00743110157_00002.xml"]
        assert opened.namelist() == ["list.csv", *names]
        listed = opened.read("list.csv").decode().splitlines()
        digests = [hashlib.sha256(opened.read(name)).hexdigest() for name in names]
        assert [(row.split(",")[0], row.split(",")[-1]) for row in listed[1:]] == list(
            zip(names, digests, strict=True)
        )
        assert opened.read(names[0]).decode() in said("show", "2026-000001")
    assert archive.stat().st_mode & 0o777 == 0o600
    assert json.loads(said(*export, "--json"))["files"][0]["state"] == "exported"
    assert archive.read_bytes() == first
    assert said("list", "--language", "it") == "Nessuna fattura elettronica da inviare.\n"
    assert [entry.after for entry in at.audit("einvoices.export")] == [{"files": 2}, {"files": 2}]
    assert "2026-000003 has no e-invoice: it was issued with E_INVOICES off" in said("show", "2026-000003")


def test_a_day_that_is_not_over_is_not_exported(sqlite_desk: Desk) -> None:
    """More may be issued on it, and what was exported once must stay the same."""
    with pytest.raises(Unfit) as refused:
        einvoices.of_day(sqlite_desk.billing, local_date(sqlite_desk.clock.now, "Europe/Rome"))
    assert str(refused.value) == "2026-01-31 is not over yet: export it from the next day on"
