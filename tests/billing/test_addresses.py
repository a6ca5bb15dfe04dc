"""Billing addresses: each wrong field is named when typed; a change touches later invoices only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.services import addresses, subscriptions
from billing.values.actors import VIA_API, VIA_OPERATOR, Actor
from billing.values.addresses import LIMITS, BillingAddress, countries
from billing.values.errors import BadFields, Fault, TaxCaseUnknown
from billing.values.refusals import ChangedMeanwhile
from tests.billing.desk import MILANO, WORKSPACE, Desk, at_once

TYPED = {
    "name": "Esempio S.r.l.",
    "street": "Via Roma 1",
    "city": "Milano",
    "country": "IT",
    "postal_code": "20121",
    "region": "MI",
    "extra": "",
}
TORINO = replace(MILANO, street="Corso Francia 7", city="Torino", postal_code="10143", region="TO")


def faults_of(**changed: str) -> dict[str, Fault]:
    with pytest.raises(BadFields) as refused:
        BillingAddress.typed(**{**TYPED, **changed})
    return refused.value.faults


def test_what_is_typed_is_trimmed_and_its_blanks_are_made_single() -> None:
    blanks = {**TYPED, "name": "  Esempio \t S.r.l.\n", "street": "\u00a0Via  Roma 1 "}
    assert BillingAddress.typed(**blanks) == MILANO


@pytest.mark.parametrize("field", ["name", "street", "city", "country"])
@pytest.mark.parametrize("value", ["", "   ", "\u00a0"])
def test_a_missing_field_is_named(field: str, value: str) -> None:
    assert faults_of(**{field: value}) == {field: Fault("missing")}


@pytest.mark.parametrize("field", LIMITS)
def test_a_field_may_be_as_long_as_its_limit_and_not_longer(field: str) -> None:
    limit, abroad = LIMITS[field], {**TYPED, "country": "DE"}
    assert getattr(BillingAddress.typed(**{**abroad, field: "x" * limit}), field) == "x" * limit
    assert faults_of(country="DE", **{field: "x" * (limit + 1)}) == {field: Fault("too_long", limit)}


@pytest.mark.parametrize("typed", ["2012", "201211", "2O121", "I-20121", "20 121"])
def test_an_italian_postal_code_has_five_digits(typed: str) -> None:
    assert faults_of(postal_code=typed) == {"postal_code": Fault("italian_postal_code")}
    assert BillingAddress.typed(**{**TYPED, "country": "DE", "postal_code": typed}).postal_code == typed


def test_an_italian_address_needs_its_postal_code_and_can_do_without_its_province() -> None:
    assert faults_of(postal_code="") == {"postal_code": Fault("missing")}
    assert BillingAddress.typed(**{**TYPED, "region": ""}).region == ""


@pytest.mark.parametrize("typed", ["XX", "M", "Milano", "M1", "ITA"])
def test_a_province_is_one_of_the_official_list(typed: str) -> None:
    assert faults_of(region=typed) == {"region": Fault("province")}
    assert BillingAddress.typed(**{**TYPED, "country": "US", "region": typed}).region == typed


@pytest.mark.parametrize(("typed", "kept"), [("mi", "MI"), ("Bt", "BT"), ("SU", "SU")])
def test_a_province_is_kept_in_capitals(typed: str, kept: str) -> None:
    assert BillingAddress.typed(**{**TYPED, "region": typed}).region == kept


@pytest.mark.parametrize("field", ["name", "street", "extra", "city", "region"])
def test_a_card_number_is_refused_in_every_field_that_could_hold_one(field: str) -> None:
    assert faults_of(**{field: "4242 4242 4242 4242"}) == {field: Fault("card_number")}


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\ud800", "\ue000"])
def test_control_characters_are_refused(character: str) -> None:
    assert faults_of(city=f"Mil{character}ano") == {"city": Fault("control_characters")}


@pytest.mark.parametrize("country", ["XX", "EU", "ZZ", "it", "ITA", "Italia", "01"])
def test_a_country_that_is_none_is_refused(country: str) -> None:
    assert faults_of(country=country) == {"country": Fault("unknown")}


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        name="", street="x" * 61, city="4242424242424242", country="XX", extra="\x00", postal_code="1" * 17
    )
    assert faults == {
        "name": Fault("missing"),
        "street": Fault("too_long", 60),
        "city": Fault("card_number"),
        "country": Fault("unknown"),
        "extra": Fault("control_characters"),
        "postal_code": Fault("too_long", 16),
    }


def test_the_countries_are_those_one_can_send_an_invoice_to() -> None:
    assert {"IT", "DE", "US", "JP", "XK"} <= countries()
    assert not {"EU", "UN", "ZZ", "XA"} & countries()


def test_the_lines_are_those_of_an_envelope() -> None:
    assert MILANO.lines() == ("Via Roma 1", "20121 Milano (MI)")
    austin = BillingAddress("Example Inc", "1 Main St", "Austin", "US", "78701", "TX", "Suite 2")
    assert austin.lines() == ("1 Main St", "Suite 2", "78701 Austin TX")


def issued_rows(desk: Desk) -> list[object]:
    return desk.rows("SELECT * FROM invoices ORDER BY sequence") + desk.rows("SELECT * FROM invoice_lines")


def buyers(desk: Desk) -> list[str]:
    """The buyer's place on each invoice of the desk, oldest first."""
    return [" ".join(invoice.read_document().buyer.address) for invoice in desk.invoices()]


def test_a_changed_address_stands_on_later_invoices_and_leaves_the_issued_ones_untouched(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    before = issued_rows(desk)
    changed = addresses.change(desk.billing, owner, bought.id, TORINO, bought.version)
    assert changed.address == TORINO
    assert issued_rows(desk) == before
    desk.turn(days=31)
    assert buyers(desk) == ["Via Roma 1 20121 Milano (MI)", "Corso Francia 7 10143 Torino (TO)"]
    assert before[0] in issued_rows(desk)


def test_a_change_is_in_the_audit_log_with_both_addresses(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    addresses.change(desk.billing, owner, bought.id, TORINO, bought.version)
    (entry,) = desk.audit("address.change")
    assert (entry.user_id, entry.subject_id, entry.refused_as) == (owner.user_id, bought.id, None)
    assert entry.before == MILANO.as_dict()
    assert entry.after == TORINO.as_dict()


def test_who_saw_an_older_version_changes_nothing(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    addresses.change(desk.billing, owner, bought.id, TORINO, bought.version)
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(ChangedMeanwhile) as refused:
        addresses.change(desk.billing, owner, bought.id, MILANO, bought.version)
    assert (refused.value.by, refused.value.act) == (owner.user_id, "address.change")
    assert desk.everything(but=("audit_entries",)) == before


@pytest.mark.parametrize("via", [VIA_API, VIA_OPERATOR])
def test_nobody_is_mentioned_for_what_the_seller_changed_meanwhile(desk: Desk, via: str) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    subscriptions.cancel(desk.billing, Actor(WORKSPACE, "key_01", via), bought.id, "Asked for by telephone")
    with pytest.raises(ChangedMeanwhile) as refused:
        addresses.change(desk.billing, owner, bought.id, TORINO, bought.version)
    assert (refused.value.by, refused.value.act) == ("", "subscription.cancel")


def test_the_answer_of_a_change_carries_the_version_for_the_next_one(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    first = addresses.change(desk.billing, owner, bought.id, TORINO, bought.version)
    assert first.version == subscriptions.look_at(desk.billing, owner, bought.id).version
    assert addresses.change(desk.billing, owner, bought.id, MILANO, first.version).address == MILANO


def test_of_two_who_change_at_once_one_is_told_that_it_changed_meanwhile(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    answers = at_once(
        lambda: addresses.change(desk.billing, owner, bought.id, TORINO, bought.version),
        lambda: addresses.change(
            desk.billing, owner, bought.id, replace(TORINO, city="Asti"), bought.version
        ),
    )
    assert sum(isinstance(answer, ChangedMeanwhile) for answer in answers) == 1
    stays = next(answer for answer in answers if not isinstance(answer, ChangedMeanwhile))
    assert subscriptions.look_at(desk.billing, owner, bought.id).address == stays.address


def test_a_country_whose_tax_is_unknown_is_refused_and_changes_nothing(desk: Desk) -> None:
    owner = desk.owner()
    bought = desk.subscribed(owner, desk.property_of(owner))
    before = desk.everything(but=("audit_entries",))
    with pytest.raises(TaxCaseUnknown):
        addresses.change(desk.billing, owner, bought.id, replace(MILANO, country="FR"), bought.version)
    assert desk.everything(but=("audit_entries",)) == before


def test_without_an_address_the_invoice_is_made_out_to_the_billing_admin(desk: Desk) -> None:
    owner = desk.person("UANNA", "Anna Bianchi")
    desk.subscribed(owner, desk.property_of(owner), address=None)
    buyer = desk.invoices()[0].read_document().buyer
    assert (buyer.name, buyer.address, buyer.country) == ("Anna Bianchi", (), "IT")
