"""The seller's own people in Slack: they find a customer and see their page; nobody else learns that they can."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import members, properties
from sandbox import demo
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import property_id, rows
from tests.stories.test_permissions import holds_nothing

MONTI = "T0MONTIHOTEL"


def hotel(slack: Conversation) -> str:
    """A customer in another workspace, in which the operator is nobody; answers its property's id."""
    billing = slack.session.billing
    properties.register_workspace(billing, MONTI, "Monti Hotels", "it")
    owner = Actor(MONTI, "U0MONTI0001")
    members.meet(billing, owner, "Mario Monti", "mario@monti.example", "it")
    return properties.create(billing, owner, "Albergo_Sole", "Europe/Rome", "IT", is_workspace_owner=True).id


async def test_an_operator_finds_a_customer_of_another_workspace_and_sees_the_page(
    demo_slack: Conversation,
) -> None:
    sole = hotel(demo_slack)
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing-operator find o_s")
    found = await emma.reads("1 match for “o_s”")
    assert "*Albergo_Sole of Monti Hotels*" in text_of(found)
    assert buttons(found, "operator.look") == [f"{MONTI} {sole}"]
    await emma.presses(found, "operator.look")
    await emma.sees_modal("Page of Albergo_Sole of Monti Hotels, as its admins see it, and read only.")
    assert rows(
        demo_slack.session.billing,
        "SELECT workspace_id, user_id, via, act FROM audit_entries WHERE property_id = :id AND act = 'operator.look'",
        id=sole,
    ) == [(MONTI, EMMA.id, "seller", "operator.look")]


async def test_the_page_is_what_admins_see_without_its_buttons_and_their_log_says_who_looked(
    italian_slack: Conversation,
) -> None:
    emma, giulia = italian_slack.as_person(EMMA), italian_slack.as_person(GIULIA)
    await emma.types("/billing-operator cerca piazza")
    found = await emma.reads("Piazza of Esempio S.r.l.")
    await emma.presses(
        found, "operator.look", f"{demo.TEAM.id} {property_id(italian_slack.session.billing, 'Piazza')}"
    )
    page = await emma.sees_modal("read only")
    assert "AI Assist Growth" in text_of(page)
    assert "action_id" not in text_of(page)
    log = text_of(await giulia.opens("/billing registro", "Pagina vista dal fornitore"))
    assert f"il fornitore, `{EMMA.id}`" in log


@pytest.mark.parametrize(
    ("words", "count"), [("esempio", 2), ("PIAZZA", 1), (demo.TEAM.id, 2), ("%", 0), ("emma", 0)]
)
async def test_customers_are_found_by_their_names_and_ids_alone(
    demo_slack: Conversation, words: str, count: int
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing-operator find {words}")
    assert len(buttons(await emma.reads(f"“{words}”"), "operator.look")) == count


async def test_an_invoice_leads_to_its_customer(demo_slack: Conversation) -> None:
    ((number,),) = rows(
        demo_slack.session.billing,
        "SELECT number FROM invoices WHERE property_id = :id ORDER BY number LIMIT 1",
        id=property_id(demo_slack.session.billing, "Bottega"),
    )
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing-operator find {number}")
    assert f"Invoice {number} · *Bottega of Esempio S.r.l.*" in text_of(await emma.reads("1 match"))


@pytest.mark.parametrize("person", [ANNA, GIULIA, LUCA])
@pytest.mark.parametrize("words", ["", "help", "trova piazza", "xyz"])
async def test_whoever_is_not_named_reads_one_sentence_that_says_nothing_more(
    demo_slack: Conversation, person: User, words: str
) -> None:
    reader = demo_slack.as_person(person)
    seen = await reader.private_answers()
    await reader.types(f"/billing-operator {words}".strip())
    answer = await reader.is_answered(beyond=seen)
    english = "This command isn't available to you here. Nothing was changed."
    italian = "Questo comando non è a tua disposizione qui. Non è cambiato nulla."
    assert (english if person is ANNA else italian) in answer
    assert holds_nothing(answer)
    assert "operator" not in answer


async def test_an_operator_is_told_what_to_type(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    for typed, answer in (
        ("", "finds a customer by workspace, property or invoice number"),
        ("find", "Type what to look for"),
        ("fnd piazza", "Unknown command “fnd”."),
        ("find nobody", "No customer fits “nobody”."),
        ("find 4242 4242 4242 4242", "That looks like a card number."),
    ):
        await emma.types(f"/billing-operator {typed}".strip())
        await emma.reads(answer)
