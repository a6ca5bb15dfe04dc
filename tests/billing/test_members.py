"""Who pays stays: the Billing Admin cannot leave, a property with a live plan cannot be deleted."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import invoices, members, outbox, payment_methods, properties, subscriptions
from billing.values.actors import Role
from billing.values.outbox import Audience
from billing.values.refusals import (
    AskedAlready,
    IsBillingAdmin,
    LastOwner,
    NoProperty,
    NotAllowed,
    NotFound,
    PropertyInUse,
    RoleHeld,
)
from billing.values.snapshots import MemberSnapshot
from tests.billing.desk import Desk, at_once


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
    assert chosen.subscription.billing_admin_id == owner.user_id
    members.remove(desk.billing, owner, piazza.id, "UADMIN")
    with pytest.raises(NotFound):
        subscriptions.look_at(desk.billing, admin, plan.id)


@pytest.mark.parametrize("role", [None, Role.AGENT, Role.ACCOUNTANT])
def test_who_may_not_read_the_billing_any_more_is_not_told_what_waited_for_them(
    desk: Desk, role: Role | None
) -> None:
    """Slack, or the mail server, was away when a renewal failed, and another pays by the time it is back."""
    desk = replace(desk, billing=replace(desk.billing, mails=True))
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    payer = desk.member(owner, piazza, "UPAYER", Role.ADMIN)
    plan = desk.buy(payer, piazza)
    members.ask_for_role(desk.billing, payer, piazza.id, "owner")
    desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    desk.turn_to(plan.period_end_at)
    payment_methods.choose(desk.billing, owner, plan.id, desk.card(owner, piazza))
    if role is None:
        members.remove(desk.billing, owner, piazza.id, "UPAYER")
    else:
        members.set_role(desk.billing, owner, piazza.id, "UPAYER", role)
    told = []
    for audience in (Audience.SLACK_PERSON, Audience.MAIL_PERSON):
        while rows := outbox.claim(desk.billing, audiences=(audience,)):
            for row in rows:
                outbox.told(desk.billing, row.number)
            told += [(audience, row.event.kind) for row in rows if "UPAYER" in row.to.address]
    own = (Audience.SLACK_PERSON, "MemberChanged")
    failed = [(audience, "PaymentFailed") for audience in (Audience.SLACK_PERSON, Audience.MAIL_PERSON)]
    assert sorted(told) == sorted([own, *(failed if role is Role.ACCOUNTANT else [])])


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


def test_the_list_begins_with_the_owners_says_who_pays_for_what_and_has_pages(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    for number in range(9):
        desk.member(owner, piazza, f"UAGENT{number}", Role.AGENT)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    desk.buy(admin, piazza)
    first = members.listed(desk.billing, admin, piazza.id)
    assert (first.count, first.page, first.pages, first.property.role) == (11, 1, 2, Role.ADMIN)
    assert first.members[:2] == (
        MemberSnapshot("UOWNER", "Giulia Rossi", Role.OWNER, ()),
        MemberSnapshot("UADMIN", "Admin", Role.ADMIN, ("Live Chat",)),
    )
    last = members.listed(desk.billing, admin, piazza.id, page=99)
    assert (last.page, [member.user_id for member in last.members]) == (2, ["UAGENT6", "UAGENT7", "UAGENT8"])


def test_the_channel_is_told_who_joined_changed_and_left_and_nothing_where_nothing_changed(
    desk: Desk,
) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    for role in (Role.ADMIN, Role.AGENT):
        members.set_role(desk.billing, owner, piazza.id, "UADMIN", role)
    members.remove(desk.billing, owner, piazza.id, "UADMIN")
    facts = [json.loads(row.fact) if isinstance(row.fact, str) else row.fact for row in _outbox(desk)]
    assert [(fact["event"]["before"], fact["event"]["role"]) for fact in facts] == [
        (None, "admin"),
        ("admin", "agent"),
        ("agent", None),
    ]
    assert {fact["event"]["by"] for fact in facts} == {"UOWNER"}
    assert desk.told() == ["MemberChanged"] * 3


def test_who_lacks_a_role_asks_those_who_can_give_it_once_a_day(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    assert members.ask_for_role(desk.billing, agent, piazza.id, "accountant") == ("UOWNER",)
    assert [row.address for row in _outbox(desk)] == ["UOWNER"]
    for _ in range(2):  # that it was refused does not begin another day
        desk.clock.now += timedelta(hours=11)
        with pytest.raises(AskedAlready):
            members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    desk.clock.now += timedelta(hours=2)
    members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    assert len(_outbox(desk)) == 2


def test_asking_in_one_property_says_nothing_in_another(desk: Desk) -> None:
    owner = desk.owner()
    piazza, corso = desk.property_of(owner, channel=None), desk.property_of(owner, "Corso", None)
    for shop in (piazza, corso):
        agent = desk.member(owner, shop, "UAGENT", Role.AGENT)
        members.ask_for_role(desk.billing, agent, shop.id, "admin")
    facts = [str(row.fact) for row in _outbox(desk)]
    assert ["Corso" in fact for fact in facts] == [False, True]


def test_many_clicks_at_once_ask_once(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    answers = at_once(*[partial(members.ask_for_role, desk.billing, agent, piazza.id, "admin")] * 5)
    assert sum(isinstance(answer, AskedAlready) for answer in answers) == 4
    assert len(_outbox(desk)) == 1


def test_who_is_no_member_has_the_role_or_names_none_asks_nobody(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    accountant = desk.member(owner, piazza, "UACCOUNTANT", Role.ACCOUNTANT)
    with pytest.raises(NotFound):
        members.ask_for_role(desk.billing, desk.person("USTRANGER"), piazza.id, "admin")
    with pytest.raises(NotFound):
        members.ask_for_role(desk.billing, accountant, piazza.id, "emperor")
    with pytest.raises(RoleHeld):
        members.ask_for_role(desk.billing, accountant, piazza.id, "accountant")
    assert _outbox(desk) == []


def _outbox(desk: Desk) -> list[Any]:
    return desk.rows("SELECT address, fact FROM outbox ORDER BY number")
