"""Lists that are longer than Slack takes are looked up by typing, and nothing of them is out of reach: line 21."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from billing import Actor
from billing.services import properties
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen
from tests.stories.records import property_id

MANY = 110
IN_BOTH_LANGUAGES = pytest.mark.parametrize("person", [EMMA, GIULIA], ids=["English", "Italian"])


def many_colleagues(slack: Conversation) -> None:
    """So many members of Piazza to whom receipts can go; nobody is told of them."""
    about = {"workspace": demo.TEAM.id, "property": property_id(slack.session.billing, "Piazza")}
    people = [
        {**about, "user": f"U0COLLEGA{n}", "name": f"Collega {n}", "email": f"collega{n}@esempio.example"}
        for n in range(MANY)
    ]
    person = (
        "INSERT INTO persons (workspace_id, user_id, name, email) VALUES (:workspace, :user, :name, :email)"
    )
    member = (
        "INSERT INTO members (workspace_id, property_id, user_id, role)"
        " VALUES (:workspace, :property, :user, 'accountant')"
    )
    with slack.session.billing.engine.begin() as connection:
        connection.execute(text(person), people)
        connection.execute(text(member), people)


def many_shops(slack: Conversation, person: User) -> None:
    """The person owns so many properties beside Piazza, which they look at."""
    billing, actor = slack.session.billing, Actor(demo.TEAM.id, person.id)
    for number in range(MANY):
        name = f"Negozio {number}"
        properties.create(billing, actor, name, "Europe/Rome", "IT", is_workspace_owner=True)
    properties.choose(billing, actor, property_id(billing, "Piazza"))


def texts(options: list[Seen]) -> list[str]:
    return [option["text"]["text"] for option in options]


@IN_BOTH_LANGUAGES
@pytest.mark.product(21, languages="en it")
async def test_a_recipient_beyond_the_hundredth_is_found_by_typing_and_gets_the_receipts(
    demo_slack: Conversation, person: User
) -> None:
    many_colleagues(demo_slack)
    reader, english = demo_slack.as_person(person), person is EMMA
    form = await reader.opens("/billing buy" if english else "/billing acquista", "external_select")
    unasked = await reader.looks_up(form, "value", "", block_id="receipts_to")
    found = await reader.looks_up(form, "value", "Collega109 ESEMPIO", block_id="receipts_to")
    nobody = await reader.looks_up(
        form, "value", "no receipts" if english else "nessuna", block_id="receipts_to"
    )
    assert len(unasked) == 100
    assert texts(found) == ["collega109@esempio.example"]
    assert texts(nobody) == ["No receipts by email" if english else "Nessuna ricevuta via e-mail"]
    await reader.submits(form, offer="video-voice:plus:month", receipts_to=found[0])
    await reader.sees_modal(f"{'Receipts' if english else 'Ricevute'}: collega109@esempio.example")


@IN_BOTH_LANGUAGES
@pytest.mark.product(1, languages="en it")
async def test_a_property_beyond_the_hundredth_is_found_by_typing_and_chosen_in_the_home(
    demo_slack: Conversation, person: User
) -> None:
    many_shops(demo_slack, person)
    reader = demo_slack.as_person(person)
    home = await reader.opens_home("Piazza")
    (found,) = await reader.looks_up(home, "property.choose", "negozio 109")
    await demo_slack.post(
        "action", user=person.id, view_id=home["id"], action_id="property.choose", selected=found
    )
    await reader.sees_home("*Negozio 109*", other_than=home["hash"])
