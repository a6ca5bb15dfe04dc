"""Who pays stays: the Billing Admin cannot leave, a property with a live plan cannot be deleted."""

from __future__ import annotations

import pytest

from billing.domain.actors import Role
from billing.domain.errors import IsBillingAdmin, LastOwner, NoProperty, NotAllowed, NotFound, PropertyInUse
from billing.services import invoices, members, payment_methods, properties, subscriptions
from tests.billing.desk import Desk


def test_who_pays_can_be_neither_removed_nor_demoted_until_somebody_else_pays(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    plan = desk.buy(admin, piazza)
    for role in (Role.ACCOUNTANT, Role.AGENT):
        with pytest.raises(IsBillingAdmin) as refused:
            members.set_role(desk.billing, owner, piazza.id, "UADMIN", role)
        assert refused.value.subscriptions == ("Live Chat",)
    with pytest.raises(IsBillingAdmin):
        members.remove(desk.billing, owner, piazza.id, "UADMIN")
    chosen = payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, piazza))
    assert chosen.billing_admin_id == owner.user_id
    members.remove(desk.billing, owner, piazza.id, "UADMIN")
    with pytest.raises(NotFound):
        subscriptions.look_at(desk.billing, admin, plan.id)


def test_who_pays_for_what_has_ended_may_go(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    plan = desk.buy(admin, piazza)
    subscriptions.cancel(desk.billing, admin, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    members.remove(desk.billing, owner, piazza.id, "UADMIN")


def test_the_last_owner_and_a_stranger_cannot_be_removed(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    with pytest.raises(LastOwner):
        members.remove(desk.billing, owner, piazza.id, owner.user_id)
    with pytest.raises(NotFound):
        members.remove(desk.billing, owner, piazza.id, "UNOBODY")


def test_another_card_is_for_one_plan_only_and_charges_nothing(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    one, other = desk.buy(owner, piazza), desk.buy(owner, piazza, "ai-bot/small/month")
    payment_methods.choose(desk.billing, owner, one.id, desk.card(owner, piazza, "tok_new"))
    assert desk.charged() == [1220, 1220]
    assert desk.plan(other.id) == other
    desk.turn_to(one.period_end_at)
    assert sorted(order.token for order in desk.gateway.charged("renewal")) == ["tok_new", "tok_visa"]


def test_a_property_with_a_live_plan_cannot_be_deleted(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    with pytest.raises(PropertyInUse) as refused:
        properties.delete(desk.billing, owner, piazza.id)
    assert refused.value.subscriptions == ("Live Chat",)
    desk.turn_to(plan.period_end_at)
    issued = desk.rows("SELECT * FROM invoices")
    properties.delete(desk.billing, owner, piazza.id)
    assert desk.rows("SELECT * FROM invoices") == issued


def test_what_was_in_a_deleted_property_is_not_found(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    plan = desk.buy(owner, piazza)
    subscriptions.cancel(desk.billing, owner, plan.id, "Too dear")
    desk.turn_to(plan.period_end_at)
    (issued,) = invoices.listed(desk.billing, owner, plan.id).invoices
    properties.delete(desk.billing, owner, piazza.id)
    with pytest.raises(NotFound):
        subscriptions.restart(desk.billing, owner, plan.id, key="one")
    with pytest.raises(NotFound):
        invoices.as_file(desk.billing, owner, issued.id, "en")
    with pytest.raises(NoProperty):
        properties.purchases(desk.billing, owner)


def test_only_an_owner_deletes_and_removes(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    with pytest.raises(NotAllowed):
        properties.delete(desk.billing, admin, piazza.id)
    with pytest.raises(NotAllowed):
        members.remove(desk.billing, admin, piazza.id, owner.user_id)
