"""Requests for access: owners answer them, whoever asked hears the outcome, and a late answer changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.models import OutboxMessage
from billing.services import access, members
from billing.values.actors import Role
from billing.values.refusals import (
    AskedAlready,
    NoProperty,
    NotAllowed,
    NotFound,
    RequestDeclined,
    RoleGiven,
    RoleHeld,
)
from tests.billing.desk import Desk


def told(desk: Desk) -> list[tuple[str, str]]:
    with desk.billing.read("test") as work:
        rows: Any = work.session.scalars(select(OutboxMessage).order_by(OutboxMessage.number))
        return [(row.address, row.kind) for row in rows]


def test_where_the_only_owner_left_nobody_is_asked_and_whoever_asks_again_hears_so_too(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    assert members.ask_for_role(desk.billing, agent, piazza.id, "admin") == ("UOWNER",)
    members.lose(desk.billing, owner)
    for _ in range(2):
        assert members.ask_for_role(desk.billing, agent, piazza.id, "admin") == ()


def test_an_owner_approves_and_whoever_asked_hears_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    assert access.approve(desk.billing, owner, piazza.id, "UAGENT", "admin") is Role.ADMIN
    assert told(desk) == [("UOWNER", "RoleAskedFor"), ("UAGENT", "MemberChanged")]
    assert members.look_at(desk.billing, owner, piazza.id, "UAGENT").role is Role.ADMIN


def test_whoever_asked_hears_of_a_role_given_among_the_members_too_and_nobody_else_does(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    for user_id in ("UAGENT", "UOTHER"):
        desk.member(owner, piazza, user_id, Role.AGENT)
    members.ask_for_role(desk.billing, desk.person("UAGENT"), piazza.id, "admin")
    for user_id in ("UAGENT", "UOTHER"):
        members.set_role(desk.billing, owner, piazza.id, user_id, Role.ACCOUNTANT)
    assert told(desk) == [("UOWNER", "RoleAskedFor"), ("UAGENT", "MemberChanged")]


def test_an_owner_declines_and_whoever_asked_hears_it(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    access.decline(desk.billing, owner, piazza.id, "UAGENT", "admin")
    assert told(desk)[1:] == [("UAGENT", "RoleDeclined")]
    assert members.look_at(desk.billing, owner, piazza.id, "UAGENT").role is Role.AGENT


def test_who_was_declined_hears_it_once_whoever_presses_again_and_of_a_new_request_anew(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    other = desk.member(owner, piazza, "UOTHER", Role.OWNER)
    agent = desk.member(owner, piazza, "UAGENT", Role.AGENT)
    members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    access.decline(desk.billing, owner, piazza.id, "UAGENT", "admin")
    for late in (owner, other):
        with pytest.raises(RequestDeclined) as refused:
            access.decline(desk.billing, late, piazza.id, "UAGENT", "admin")
        assert refused.value.by == "UOWNER"
    assert told(desk).count(("UAGENT", "RoleDeclined")) == 1
    desk.clock.now += timedelta(days=2)
    members.ask_for_role(desk.billing, agent, piazza.id, "admin")
    access.decline(desk.billing, other, piazza.id, "UAGENT", "admin")
    assert told(desk).count(("UAGENT", "RoleDeclined")) == 2
    assert access.approve(desk.billing, owner, piazza.id, "UAGENT", "admin") is Role.ADMIN
    with pytest.raises(RoleGiven):
        access.approve(desk.billing, other, piazza.id, "UAGENT", "admin")
    assert told(desk).count(("UAGENT", "MemberChanged")) == 1


def test_a_late_answer_takes_nothing_away(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    desk.member(owner, piazza, "UBOSS", Role.OWNER)
    for answer in (access.approve, access.decline):
        with pytest.raises(RoleGiven):
            answer(desk.billing, owner, piazza.id, "UBOSS", "accountant")
        with pytest.raises(NotFound):
            answer(desk.billing, owner, piazza.id, "UGONE", "accountant")
        with pytest.raises(NotFound):
            answer(desk.billing, owner, piazza.id, "UBOSS", "emperor")
    assert members.look_at(desk.billing, owner, piazza.id, "UBOSS").role is Role.OWNER


def test_only_owners_answer(desk: Desk) -> None:
    owner = desk.owner()
    piazza = desk.property_of(owner, channel=None)
    admin = desk.member(owner, piazza, "UADMIN", Role.ADMIN)
    desk.member(owner, piazza, "UAGENT", Role.AGENT)
    for answer in (access.approve, access.decline):
        with pytest.raises(NotAllowed):
            answer(desk.billing, admin, piazza.id, "UAGENT", "accountant")
    assert told(desk) == []


def test_who_is_in_no_property_asks_each_owner_once_a_day_for_the_oldest_property_of_theirs(
    desk: Desk,
) -> None:
    owner = desk.owner()
    newcomer = desk.person("UNEW")
    with pytest.raises(NoProperty):
        access.ask_to_join(desk.billing, newcomer)
    desk.property_of(owner, channel=None)
    desk.clock.now = desk.clock.now.replace(year=desk.clock.now.year + 1)
    desk.property_of(owner, "Corso", None)
    with pytest.raises(NoProperty) as nobody:
        access.whom_to_ask(desk.billing, newcomer)
    assert nobody.value.owners == ("UOWNER",)
    assert access.ask_to_join(desk.billing, newcomer) == ("UOWNER",)
    with pytest.raises(AskedAlready):
        access.ask_to_join(desk.billing, newcomer)
    with pytest.raises(RoleHeld):
        access.ask_to_join(desk.billing, owner)
    assert told(desk) == [("UOWNER", "RoleAskedFor")]


def test_what_slack_repeats_is_new_once(desk: Desk) -> None:
    owner = desk.owner()
    assert [access.is_new(desk.billing, owner, key) for key in ("Ev1", "Ev1", "Ev2")] == [True, False, True]
