"""Forms that are delivered more than once: one submission is one property, one message to the support."""

from __future__ import annotations

from functools import partial

import pytest

from billing.services import help, properties
from billing.values.actors import Actor
from billing.values.errors import BadFields
from billing.values.refusals import NotFound, OnlyWorkspaceOwners
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import Desk, at_once


def create(
    desk: Desk, actor: Actor, key: str | None, name: str = "Shop", zone: str = "Europe/Rome"
) -> PropertySnapshot:
    return properties.create(desk.billing, actor, name, zone, "IT", is_workspace_owner=True, key=key)


def names(desk: Desk) -> list[str]:
    return [name for (name,) in desk.rows("SELECT name FROM properties ORDER BY name")]


def facts(desk: Desk) -> list[str]:
    return [kind for (kind,) in desk.rows("SELECT kind FROM outbox ORDER BY kind")]


def test_a_form_that_is_delivered_four_times_at_once_creates_one_property(desk: Desk) -> None:
    owner = desk.owner()
    made = at_once(*[partial(create, desk, owner, "V1")] * 4)
    assert len({one.id for one in made}) == 1
    assert {one.name for one in made} == {"Shop"}
    assert names(desk) == ["Shop"]
    assert len(desk.rows("SELECT 1 FROM audit_entries WHERE act = 'property.create'")) == 1


def test_two_forms_create_two_properties_of_one_name(desk: Desk) -> None:
    owner = desk.owner()
    assert create(desk, owner, "V1").id != create(desk, owner, "V2").id
    assert create(desk, owner, None).id != create(desk, owner, None).id
    assert names(desk) == ["Shop"] * 4


def test_a_form_that_was_changed_after_it_was_sent_is_answered_with_what_it_made(desk: Desk) -> None:
    owner = desk.owner()
    create(desk, owner, "V1")
    assert create(desk, owner, "V1", "Other").name == "Shop"
    assert names(desk) == ["Shop"]


def test_a_form_that_was_refused_can_be_sent_again(desk: Desk) -> None:
    owner = desk.owner()
    with pytest.raises(BadFields):
        create(desk, owner, "V1", zone="Nowhere/None")
    assert create(desk, owner, "V1").name == "Shop"


def test_a_key_is_its_persons_own(desk: Desk) -> None:
    anna, bruno = desk.person("UANNA"), desk.person("UBRUNO")
    create(desk, anna, "V1", "Annas")
    assert create(desk, bruno, "V1", "Brunos").name == "Brunos"
    with pytest.raises(OnlyWorkspaceOwners):
        properties.create(
            desk.billing, anna, "Annas", "Europe/Rome", "IT", is_workspace_owner=False, key="V1"
        )


def test_what_a_form_made_and_is_deleted_is_not_made_again(desk: Desk) -> None:
    owner = desk.owner()
    properties.delete(desk.billing, owner, create(desk, owner, "V1").id)
    with pytest.raises(NotFound):
        create(desk, owner, "V1")
    assert names(desk) == ["Shop"]


def test_a_message_that_is_delivered_four_times_at_once_reaches_the_support_once(desk: Desk) -> None:
    owner = desk.owner()
    desk.property_of(owner, channel=None)
    send = partial(help.ask_support, desk.billing, owner, "Which plan fits?", "CSUPPORT", key="V1")
    assert at_once(*[send] * 4) == ["Piazza"] * 4
    assert facts(desk) == ["SupportAsked", "SupportReceived"]


def test_a_message_that_was_changed_before_it_was_sent_again_is_not_lost(desk: Desk) -> None:
    owner = desk.owner()
    for message in ("Which plan fits?", "Which plan fits ten?", " Which plan fits? "):
        help.ask_support(desk.billing, owner, message, "CSUPPORT", key="V1")
    assert facts(desk) == ["SupportAsked"] * 2 + ["SupportReceived"] * 2


def test_the_same_words_in_another_form_are_another_message(desk: Desk) -> None:
    owner = desk.owner()
    for key in ("V1", "V2"):
        help.ask_support(desk.billing, owner, "Still waiting", "CSUPPORT", key=key)
    assert facts(desk) == ["SupportAsked"] * 2 + ["SupportReceived"] * 2
