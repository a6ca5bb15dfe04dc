"""Company details: each wrong field is named when typed, and what is kept stands on later documents only."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from billing.models import CreditNote
from billing.services import addresses, changes, companies, invoices, subscriptions, transfers
from billing.services.changes import PlanSelection
from billing.services.verify import verify
from billing.values.addresses import BillingAddress
from billing.values.companies import LIMITS, Company
from billing.values.errors import BadFields, Fault, InvoiceIncomplete, TaxCaseUnknown
from billing.values.refusals import ChangedMeanwhile
from billing.values.tax_groups import TaxGroup, TaxNote
from tests.billing.desk import MILANO, Desk
from tests.billing.sample_invoice import ENGLISH, INVOICE, ITALIAN, text_of

TYPED = {
    "legal_name": "Esempio Holding S.r.l.",
    "vat_number": "it 00743110157",
    "codice_fiscale": "00743110157",
    "sdi_code": "m5uxcr1",
    "pec": "esempio@pec.example",
    "purchase_order": "PO 2026/7",
}
ESEMPIO = Company(
    "Esempio Holding S.r.l.", "IT00743110157", "00743110157", "M5UXCR1", "esempio@pec.example", "PO 2026/7"
)
BERLIN = BillingAddress("Beispiel GmbH", "Hauptstraße 1", "Berlin", "DE", "10115")
BEISPIEL = {"legal_name": "Beispiel GmbH", "vat_number": "136695976"}


def faults_of(country: str = "IT", **changed: str) -> dict[str, Fault]:
    with pytest.raises(BadFields) as refused:
        Company.typed(country, **{**TYPED, **changed})
    return refused.value.faults


def test_what_is_typed_is_kept_as_it_must_stand_on_the_invoice() -> None:
    assert Company.typed("IT", **TYPED) == ESEMPIO


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("IT", "00743110157", "IT00743110157"),
        ("DE", "de 136 695 976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("FR", "FR 40 303 265 045", "FR40303265045"),
        ("US", "12-3456789", "12-3456789"),
        ("GB", "GB980780684", "GB980780684"),
    ],
)
def test_a_vat_number_is_kept_with_the_prefix_of_its_country(country: str, typed: str, kept: str) -> None:
    company = Company.typed(country, legal_name="Esempio", vat_number=typed)
    assert company is not None
    assert company.vat_number == kept


@pytest.mark.parametrize("number", ["IT00743110158", "IT01234567890", "00743110158", "IT", "12", "è"])
def test_a_vat_number_whose_check_digit_is_wrong_is_refused(number: str) -> None:
    assert faults_of(vat_number=number) == {"vat_number": Fault("vat_number")}


def test_a_vat_number_of_another_country_is_refused() -> None:
    assert faults_of(vat_number="DE136695976") == {"vat_number": Fault("other_country")}
    assert faults_of("US")["vat_number"] == Fault("other_country")


@pytest.mark.parametrize("number", ["RSSMRA80A01H501U", "rssmra80a01h501u", "00743110157"])
def test_a_codice_fiscale_is_a_persons_or_a_companys(number: str) -> None:
    company = Company.typed("IT", codice_fiscale=number)
    assert company == Company(codice_fiscale=number.upper())


@pytest.mark.parametrize("number", ["RSSMRA80A01H501X", "00743110158", "RSSMRA80A01", "?"])
def test_a_codice_fiscale_whose_check_is_wrong_is_refused(number: str) -> None:
    assert faults_of(codice_fiscale=number) == {"codice_fiscale": Fault("codice_fiscale")}


@pytest.mark.parametrize("code", ["M5UXC", "M5UXCR!", "M5-XCR1"])
def test_an_sdi_code_has_six_or_seven_letters_or_digits(code: str) -> None:
    assert faults_of(sdi_code=code) == {"sdi_code": Fault("sdi_code")}


@pytest.mark.parametrize("code", ["M5UXCR1", "0000000", "UFABC1", "uf abc1"])
def test_a_public_office_has_an_sdi_code_of_six_and_everybody_else_one_of_seven(code: str) -> None:
    typed = Company.typed("IT", **{**TYPED, "sdi_code": code})
    assert typed is not None
    assert typed.sdi_code == code.replace(" ", "").upper()


@pytest.mark.parametrize(
    "address", ["esempio", "esempio@pec", "a b@pec.example", "@pec.example", "a@pec..it"]
)
def test_a_pec_is_an_address(address: str) -> None:
    assert faults_of(pec=address) == {"pec": Fault("email")}


def test_what_only_italian_invoices_know_is_refused_elsewhere() -> None:
    faults = faults_of("DE", vat_number="DE136695976")
    assert faults == dict.fromkeys(("codice_fiscale", "sdi_code", "pec"), Fault("only_italian"))


@pytest.mark.parametrize("field", LIMITS)
def test_a_field_that_is_too_long_is_named(field: str) -> None:
    assert faults_of(**{field: "x" * (LIMITS[field] + 1)}) == {field: Fault("too_long", LIMITS[field])}


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        legal_name=" ", vat_number="1", codice_fiscale="2", sdi_code="3", pec="4", purchase_order="\x00"
    )
    assert faults == {
        "legal_name": Fault("missing"),
        "vat_number": Fault("vat_number"),
        "codice_fiscale": Fault("codice_fiscale"),
        "sdi_code": Fault("sdi_code"),
        "pec": Fault("email"),
        "purchase_order": Fault("control_characters"),
    }


def test_nothing_typed_is_no_company() -> None:
    assert Company.typed("IT", **dict.fromkeys(TYPED, "  ")) is None


def change(desk: Desk, typed: dict[str, str], address: BillingAddress | None = None) -> None:
    (plan,) = desk.rows("SELECT id, version FROM subscriptions")
    companies.change(desk.billing, desk.owner(), plan.id, typed, plan.version, address)


def subscribed(desk: Desk, what: str = "live-chat/basic/month") -> str:
    owner = desk.owner()
    return desk.buy(owner, desk.property_of(owner), what).id


def test_a_company_stands_on_later_invoices_and_leaves_the_issued_ones_byte_for_byte(desk: Desk) -> None:
    subscription_id = subscribed(desk)
    (issued,) = invoices.listed(desk.billing, desk.owner(), subscription_id).invoices
    before = {
        language: invoices.as_file(desk.billing, desk.owner(), issued.id, language)
        for language in ("it", "en")
    }
    change(desk, TYPED)
    desk.turn(days=31)
    for language, file in before.items():
        assert invoices.as_file(desk.billing, desk.owner(), issued.id, language) == file
    buyer = desk.invoices()[-1].read_document().buyer
    assert buyer.name == "Esempio Holding S.r.l."
    assert buyer.address == ("Esempio S.r.l.", "Via Roma 1", "20121 Milano (MI)")
    assert (buyer.vat_number, buyer.codice_fiscale) == ("IT00743110157", "00743110157")
    assert (buyer.sdi_code, buyer.pec, buyer.purchase_order) == (
        "M5UXCR1",
        "esempio@pec.example",
        "PO 2026/7",
    )
    assert verify(desk.billing) == ()


def test_what_is_removed_stands_on_no_later_invoice(desk: Desk) -> None:
    subscribed(desk)
    change(desk, TYPED)
    change(desk, {})
    desk.turn(days=31)
    assert desk.invoices()[-1].read_document().buyer == desk.invoices()[0].read_document().buyer


def test_a_change_is_in_the_audit_log_with_what_was_before(desk: Desk) -> None:
    subscribed(desk)
    change(desk, TYPED)
    change(desk, {"purchase_order": "8"})
    entries = desk.audit("company.change")
    assert entries[0].before == {"company": None, "address": MILANO.as_dict()}
    assert (
        entries[1].before == entries[0].after == {"company": ESEMPIO.as_dict(), "address": MILANO.as_dict()}
    )
    assert entries[1].after is not None
    assert entries[1].after["company"]["purchase_order"] == "8"


def test_who_saw_an_older_version_changes_nothing(desk: Desk) -> None:
    subscription_id = subscribed(desk)
    seen = desk.plan(subscription_id).version
    change(desk, TYPED)
    with pytest.raises(ChangedMeanwhile):
        companies.change(desk.billing, desk.owner(), subscription_id, {}, seen)
    assert desk.plan(subscription_id).company == ESEMPIO


def test_a_number_that_is_wrong_changes_nothing(desk: Desk) -> None:
    subscription_id = subscribed(desk)
    with pytest.raises(BadFields):
        change(desk, {**TYPED, "vat_number": "IT00743110158"})
    assert desk.plan(subscription_id).company is None


def test_abroad_the_address_and_the_vat_number_come_together_and_the_next_invoice_is_reverse_charged(
    desk: Desk,
) -> None:
    subscription_id = subscribed(desk)
    with pytest.raises(TaxCaseUnknown) as refused:
        addresses.change(
            desk.billing, desk.owner(), subscription_id, BERLIN, desk.plan(subscription_id).version
        )
    assert refused.value.missing == "vat_number"
    with pytest.raises(TaxCaseUnknown):
        change(desk, {"purchase_order": "8"}, BERLIN)
    change(desk, BEISPIEL, BERLIN)
    shown = desk.plan(subscription_id)
    assert shown.next_charge is not None
    assert shown.next_charge.minor == 1000
    desk.turn(days=31)
    document = desk.invoices()[-1].read_document()
    assert [(group.rate, group.tax_minor, group.note) for group in document.taxes] == [
        (0, 0, "reverse_charge")
    ]
    assert document.buyer.vat_number == "DE136695976"
    assert desk.charged() == [1220, 1000]
    assert verify(desk.billing) == ()


def test_a_company_abroad_keeps_its_number_while_its_address_is_there(desk: Desk) -> None:
    subscription_id = subscribed(desk)
    change(desk, BEISPIEL, BERLIN)
    with pytest.raises(TaxCaseUnknown):
        change(desk, {})
    with pytest.raises(TaxCaseUnknown):
        addresses.change(
            desk.billing, desk.owner(), subscription_id, MILANO, desk.plan(subscription_id).version
        )
    change(desk, {}, MILANO)
    assert desk.plan(subscription_id).address == MILANO


def test_what_is_given_back_has_the_vat_that_it_was_billed_with(desk: Desk) -> None:
    """Billed in another country, it is a credit note to that buyer: an invoice says the VAT of one country."""
    subscription_id = subscribed(desk)
    change(desk, BEISPIEL, BERLIN)
    desk.turn(days=10)
    changes.change(
        desk.billing,
        desk.owner(),
        subscription_id,
        PlanSelection("pro", desk.plan(subscription_id).interval),
        key="up",
    )
    first, second = (invoice.read_document() for invoice in desk.invoices())
    (rest,) = second.lines
    assert (rest.tax_rate, rest.tax_note) == (0, "reverse_charge")
    assert (second.buyer.country, second.taxes) == ("DE", (TaxGroup(0, rest.net_minor, 0, "reverse_charge"),))
    with desk.billing.read("test") as work:
        (row,) = work.session.scalars(select(CreditNote)).all()
    note = row.read_document()
    (back,) = note.lines
    assert (back.tax_rate, back.tax_note, back.days, back.of_days) == (2200, "", rest.days, rest.of_days)
    assert (note.buyer, note.corrects and note.corrects.number) == (first.buyer, first.number)
    assert note.taxes == (TaxGroup(2200, back.net_minor, round(back.net_minor * 0.22)),)
    assert second.credit_minor == note.total.minor == row.balance_minor
    assert desk.charged() == [first.total.minor, second.total.minor - note.total.minor]
    assert verify(desk.billing) == ()


def test_the_property_it_is_transferred_to_names_its_own_company(desk: Desk) -> None:
    owner = desk.owner()
    plan = desk.buy(owner, desk.property_of(owner), "live-chat/basic/month")
    change(desk, TYPED)
    moved = transfers.transfer(desk.billing, owner, plan.id, desk.property_of(owner, "Corso").id)
    assert (moved.company, moved.address) == (None, None)
    assert subscriptions.look_at(desk.billing, owner, plan.id).company is None


def test_a_document_without_vat_needs_its_reason_and_under_reverse_charge_the_buyers_address_and_number() -> (
    None
):
    (group,) = replace(INVOICE, taxes=INVOICE.taxes[:1]).taxes
    reverse = replace(group, rate=0, tax_minor=0, note="reverse_charge")
    german = replace(INVOICE.buyer, country="DE", vat_number="DE136695976")
    complete = replace(INVOICE, taxes=(reverse,), buyer=german)
    complete.refuse_if_incomplete()
    for missing, document in {
        "reason for no VAT": replace(complete, taxes=(replace(reverse, note=""),)),
        "buyer address": replace(complete, buyer=replace(german, address=())),
        "buyer VAT number": replace(complete, buyer=replace(german, vat_number="")),
    }.items():
        with pytest.raises(InvoiceIncomplete) as refused:
            document.refuse_if_incomplete()
        assert refused.value.field == missing


def test_the_drawing_names_the_company() -> None:
    buyer = replace(
        INVOICE.buyer,
        vat_number="IT00743110157",
        codice_fiscale="00743110157",
        sdi_code="M5UXCR1",
        pec="esempio@pec.example",
        purchase_order="PO 2026/7",
    )
    drawn = text_of(replace(INVOICE, buyer=buyer), ITALIAN)
    for words in (
        "Partita IVA IT00743110157 Codice Fiscale 00743110157 Codice destinatario M5UXCR1",
        "PEC esempio@pec.example Ordine d'acquisto PO 2026/7",
    ):
        assert words in drawn
    assert "Codice Fiscale" not in text_of(INVOICE, ITALIAN)


@pytest.mark.parametrize(
    ("note", "italian", "english"),
    [
        ("reverse_charge", "Inversione contabile (reverse charge)", "Reverse charge (inversione contabile)"),
        ("not_subject", "Operazione non soggetta a IVA", "Not subject to VAT (operazione non soggetta)"),
        ("out_of_scope", "Fuori dal campo", "Outside the scope"),
    ],
)
def test_the_drawing_says_why_no_vat_is_charged(note: TaxNote, italian: str, english: str) -> None:
    group = replace(INVOICE.taxes[0], rate=0, tax_minor=0, note=note)
    document = replace(INVOICE, taxes=(group,))
    assert italian in text_of(document, ITALIAN)
    assert english in text_of(document, ENGLISH)
    assert italian not in text_of(INVOICE, ITALIAN)
