"""One billing profile of a property, which its subscriptions follow unless they have their own: product line 45."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import addresses, profiles, purchases, transfers
from billing.values.actors import Actor, Role
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.errors import BadFields
from billing.values.refusals import ChangedMeanwhile, NotAllowed, PaymentDeclined
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk

ROME = BillingAddress("Esempio S.r.l.", "Via Appia 1", "Roma", "IT", "00184", "RM")
TURIN = replace(ROME, street="Via Torino 9", city="Torino", postal_code="10121", region="TO")
COMPANY = Company("Esempio S.r.l.", "IT00743110157", purchase_order="PO 7")
TYPED = {**TURIN.as_dict(), **COMPANY.as_dict()}


def two_bought(desk: Desk, owner: Actor, prop: PropertySnapshot) -> tuple[str, str]:
    first = desk.subscribed(owner, prop, address=ROME)
    order = replace(desk.order(owner, prop), address=None, follows_profile=True)
    second = purchases.purchase(desk.billing, owner, order, key=desk.key())
    return first.id, second.subscription.id


def test_who_is_named_first_is_the_profile_and_is_not_asked_for_again(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    first, second = two_bought(desk, owner, prop)
    profile = profiles.look_at(desk.billing, owner, prop.id)
    assert (profile.address, profile.company) == (ROME, None)
    assert {one.id for one in profile.following} == {first, second}
    assert [desk.plan(one).address for one in (first, second)] == [ROME, ROME]


def test_a_purchase_that_is_declined_names_no_profile_and_one_that_is_paid_does_so_in_the_log(
    desk: Desk,
) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    with pytest.raises(PaymentDeclined):
        desk.subscribed(owner, prop, address=ROME)
    assert profiles.look_at(desk.billing, owner, prop.id).address is None
    assert desk.audit("profile.change") == []
    bought = desk.subscribed(owner, prop, address=TURIN)
    assert (bought.address, bought.has_own_buyer) == (TURIN, False)
    assert profiles.look_at(desk.billing, owner, prop.id).address == TURIN
    (entry,) = desk.audit("profile.change")
    assert (entry.user_id, entry.property_id, entry.subject_id) == (owner.user_id, prop.id, prop.id)
    assert entry.before == {"address": None, "company": None}
    assert entry.after == {"address": TURIN.as_dict(), "company": None}


def test_a_trial_names_the_profile_as_it_begins_and_its_preview_does_not(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    order = replace(desk.order(owner, prop, "knowledge-base/standard/month"), address=ROME)
    purchases.preview_purchase(desk.billing, owner, order)
    assert profiles.look_at(desk.billing, owner, prop.id).address is None
    purchases.purchase(desk.billing, owner, order, key=desk.key())
    assert profiles.look_at(desk.billing, owner, prop.id).address == ROME
    assert [entry.user_id for entry in desk.audit("profile.change")] == [owner.user_id]


def test_of_two_that_wait_for_the_bank_the_first_that_is_paid_names_the_profile(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.gateway.expect("tok_visa", *[Behaviour.ASKS_FOR_ACTION] * 2)
    first = desk.subscribed(owner, prop, address=ROME)
    second = desk.subscribed(owner, prop, "live-chat", "basic", address=TURIN)
    for key in reversed(desk.gateway.calls[-2:]):
        desk.gateway.authenticate(key)
        desk.turn(hours=7)
    assert profiles.look_at(desk.billing, owner, prop.id).address == TURIN
    assert [desk.plan(one.id).address for one in (first, second)] == [ROME, TURIN]
    assert [desk.plan(one.id).has_own_buyer for one in (first, second)] == [True, False]


def test_who_wants_no_address_on_one_of_them_gets_none_though_there_is_a_profile(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    desk.subscribed(owner, prop, address=ROME)
    apart = desk.subscribed(owner, prop, "live-chat", "basic", address=None)
    assert (apart.address, apart.company, apart.has_own_buyer) == (None, None, True)
    issued = desk.invoices()[-1]
    assert (issued.subscription_id, issued.read_document().buyer.street) == (apart.id, "")


def test_who_is_named_later_is_the_profile_of_what_was_bought_for_nobody_yet(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    first = desk.subscribed(owner, prop, address=None)
    seen = profiles.look_at(desk.billing, owner, prop.id).seen
    profiles.change(desk.billing, owner, prop.id, TYPED, seen)
    now = desk.plan(first.id)
    assert (now.address, now.company, now.has_own_buyer) == (TURIN, COMPANY, False)


def test_a_change_is_on_the_later_invoices_of_all_that_follow_and_of_no_other(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    first, second = two_bought(desk, owner, prop)
    own = replace(ROME, street="Via Sola 3")
    addresses.change(desk.billing, owner, second, own, desk.plan(second).version)
    seen = profiles.look_at(desk.billing, owner, prop.id).seen
    changed = profiles.change(desk.billing, owner, prop.id, TYPED, seen)
    assert [one.id for one in changed.following] == [first]
    assert [one.id for one in changed.own] == [second]
    issued = {one.id for one in desk.invoices()}
    desk.turn(days=32)
    streets = {
        one.subscription_id: one.document["buyer"]["street"]
        for one in desk.invoices()
        if one.id not in issued
    }
    assert streets == {first: "Via Torino 9", second: "Via Sola 3"}
    assert {one.document["buyer"]["street"] for one in desk.invoices() if one.id in issued} == {"Via Appia 1"}
    _, entry = desk.audit("profile.change")
    assert entry.after == {"address": TURIN.as_dict(), "company": COMPANY.as_dict()}


def test_one_with_its_own_goes_back_to_the_profile(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    _, second = two_bought(desk, owner, prop)
    apart = addresses.change(desk.billing, owner, second, TURIN, desk.plan(second).version)
    assert apart.has_own_buyer
    back = profiles.follow(desk.billing, owner, second)
    assert (back.has_own_buyer, back.address) == (False, ROME)
    again = profiles.follow(desk.billing, owner, second)
    assert again.version == back.version


def test_what_is_transferred_goes_by_the_profile_over_there(desk: Desk) -> None:
    owner = desk.owner()
    here, there = desk.property_of(owner), desk.property_of(owner, "Bottega")
    first, _ = two_bought(desk, owner, here)
    desk.subscribed(owner, there, "live-chat", "basic", address=TURIN)
    moved = transfers.transfer(desk.billing, owner, first, there.id)
    assert (moved.address, moved.has_own_buyer) == (TURIN, False)


def test_a_profile_that_somebody_changed_meanwhile_stays(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    two_bought(desk, owner, prop)
    seen = profiles.look_at(desk.billing, owner, prop.id).seen
    profiles.change(desk.billing, owner, prop.id, TYPED, seen)
    with pytest.raises(ChangedMeanwhile):
        profiles.change(desk.billing, owner, prop.id, ROME.as_dict(), seen)
    # The very same once more is what it is already: a form that is delivered twice.
    assert profiles.change(desk.billing, owner, prop.id, TYPED, seen).address == TURIN


def test_an_accountant_changes_nothing_and_each_wrong_field_is_named(desk: Desk) -> None:
    owner = desk.owner()
    prop = desk.property_of(owner)
    first, _ = two_bought(desk, owner, prop)
    reader = desk.member(owner, prop, "UREADER", Role.ACCOUNTANT)
    with pytest.raises(NotAllowed):
        profiles.look_at(desk.billing, reader, prop.id)
    with pytest.raises(NotAllowed):
        profiles.follow(desk.billing, reader, first)
    with pytest.raises(BadFields) as refused:
        profiles.change(desk.billing, owner, prop.id, {**TYPED, "city": "", "vat_number": "IT1"}, "")
    assert set(refused.value.faults) == {"city", "vat_number"}
    assert profiles.look_at(desk.billing, owner, prop.id).address == ROME
