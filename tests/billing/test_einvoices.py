"""E-invoices: nothing is sold for which none could be made out, and what is issued keeps what they need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.services import companies, credit_notes, purchases
from billing.services.credit_notes import Wanted
from billing.services.verify import verify
from billing.settings import BillingSettings
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import BadFields, Fault, InvoiceIncomplete
from tests.billing.desk import MILANO, Desk
from tests.billing.sample_invoice import ENGLISH, text_of

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
    order = replace(desk.order(owner, desk.property_of(owner), what), **given)  # type: ignore[arg-type]
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
    assert verify(desk.billing) == ()


def test_an_invoice_of_before_is_corrected_as_it_was_issued(sqlite_desk: Desk) -> None:
    """What was never sent is not corrected at the exchange system either, and lacks what that would need."""
    owner = sqlite_desk.owner()
    sqlite_desk.subscribed(owner, sqlite_desk.property_of(owner), address=None)
    desk = sending(sqlite_desk)
    (invoice,) = desk.invoices()
    note = credit_notes.issue(desk.billing, invoice.number, Wanted())
    assert note.total == invoice.total
    (kept,) = desk.rows("SELECT document FROM credit_notes")
    assert '"e_invoices":""' in str(kept[0]).replace(": ", ":")
