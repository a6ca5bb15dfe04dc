"""Whoever has their Home open sees it drawn again after somebody else's act, in their own language."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import members, properties
from billing.values.actors import Role
from sandbox import demo
from sandbox.demo import ANNA, EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation
from tests.stories.records import property_id, refusals
from tests.stories.test_addresses import NEW
from tests.stories.test_cancelling import cancel_ai_assist


@pytest.mark.parametrize(("reader", "words"), [(ANNA, "active until"), (GIULIA, "attivo fino al")])
async def test_what_somebody_else_did_is_seen_in_the_homes_of_the_others(
    demo_slack: Conversation, reader: User, words: str
) -> None:
    person = demo_slack.as_person(reader)
    home = await person.opens_home("AI Assist Growth")
    await cancel_ai_assist(demo_slack)
    await person.sees_home(words, other_than=home["hash"])


async def test_what_nobody_is_told_of_is_seen_too(demo_slack: Conversation) -> None:
    emma, anna, billing = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA), demo_slack.session.billing
    properties.announce_in(billing, Actor(demo.TEAM.id, EMMA.id), property_id(billing, "Piazza"), None)
    await anna.opens_home("AI Assist Growth")
    await emma.submits(await emma.opens("/billing address ai"), **NEW)
    await anna.sees_home("Via Torino 9")


async def test_the_end_of_a_plan_is_seen_by_who_did_nothing(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await cancel_ai_assist(demo_slack)
    await giulia.opens_home("attivo fino al")
    await demo_slack.turn_clock(advance="32d")
    await giulia.sees_home("Terminato il")


async def test_who_may_see_it_no_more_sees_so_and_was_refused_nothing(demo_slack: Conversation) -> None:
    emma, anna, billing = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA), demo_slack.session.billing
    home = await anna.opens_home("AI Assist Growth")
    piazza = property_id(billing, "Piazza")
    members.set_role(billing, Actor(demo.TEAM.id, EMMA.id), piazza, ANNA.id, Role.AGENT)
    await emma.submits(await emma.opens("/billing address ai"), **NEW)
    seen = await anna.sees_home(other_than=home["hash"])
    assert "AI Assist Growth" not in str(seen)
    assert refusals(billing, ANNA) == []


async def test_who_looks_at_another_property_is_left_alone(demo_slack: Conversation) -> None:
    emma, anna = demo_slack.as_person(EMMA), demo_slack.as_person(ANNA)
    await emma.types("/billing property bottega")
    home = await emma.sees_home("Property: *Bottega*")
    open_home = await anna.opens_home("AI Assist Growth")
    giulia = demo_slack.as_person(GIULIA)
    await giulia.submits(await giulia.opens("/billing indirizzo ai"), **NEW)
    await anna.sees_home("Via Torino 9", other_than=open_home["hash"])
    assert (await demo_slack.state())["homes"][EMMA.id]["hash"] == home["hash"]
