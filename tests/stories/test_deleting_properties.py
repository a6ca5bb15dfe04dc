"""Deleting a property: product line 43. What lives in it is cancelled or transferred first."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import properties
from billing.values.actors import Role
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, give_role, property_id, rows, subscription_id, tables


def empty_property(slack: Conversation, person: User, name: str = "Mercato", credit: int = 0) -> str:
    """A property of that person without subscriptions, which they look at; with so much credit."""
    billing = slack.session.billing
    actor = Actor(demo.TEAM.id, person.id, "demo")
    made = properties.create(billing, actor, name, "Europe/Rome", "IT", is_workspace_owner=True).id
    posting = (
        "INSERT INTO postings (workspace_id, entry_id, line, property_id, account, currency, minor, at) "
        f"VALUES ('{demo.TEAM.id}', 'ent_gift', {{line}}, '{made}', '{{account}}', 'EUR', {{minor}}, "
        "'2026-01-01 00:00:00')"
    )
    if credit:
        with billing.engine.begin() as connection:
            for line, (account, minor) in enumerate({"cash": credit, "credit": -credit}.items(), 1):
                sql = posting.format(line=line, account=account, minor=minor)
                connection.exec_driver_sql(sql)
    return made


def is_deleted(slack: Conversation, prop: str) -> bool:
    ((deleted_at,),) = rows(
        slack.session.billing, "SELECT deleted_at FROM properties WHERE id = :prop", prop=prop
    )
    return deleted_at is not None


@pytest.mark.product(43, languages="en")
async def test_a_property_with_a_live_plan_is_not_deleted_and_its_plans_are_cancelled_or_transferred_from_there(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    before = tables(billing, but=KEPT_OF_REFUSALS)
    refused = await emma.opens("/billing property delete", "The property *Piazza* can't be deleted")
    assert "Nothing was changed or charged" in text_of(refused)
    assert "*AI Assist Growth*\\nActive" in text_of(refused)
    assert "Video and Voice" not in text_of(refused)  # it has ended, and nothing of it is to be paid
    assert tables(billing, but=KEPT_OF_REFUSALS) == before
    ai_assist = subscription_id(billing, "Piazza", "ai-assist")
    branding = subscription_id(billing, "Piazza", "remove-branding")
    assert set(buttons(refused, "subscription.cancel")) == {ai_assist, branding}
    assert set(buttons(refused, "transfer.open")) == {ai_assist, branding}
    await emma.presses(refused, "transfer.open", branding)
    await emma.submits(await emma.sees_modal("To which property?"))
    await emma.submits(await emma.sees_modal("Yes, transfer"))
    await emma.sees_modal("Remove Branding Standard now belongs to Bottega")
    again = await emma.opens("/billing property delete", "The property *Piazza* can't be deleted")
    assert buttons(again, "transfer.open") == [ai_assist]
    await emma.presses(again, "subscription.cancel", ai_assist)
    await emma.submits(await emma.sees_modal("Why?"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    waits = await emma.opens("/billing property delete", "Cancelled: active until")
    assert not buttons(waits, "subscription.cancel")
    await demo_slack.turn_clock(advance="40d")
    await demo_slack.until_announced("AI Assist Growth of Piazza ended on")
    question = await emma.opens("/billing property delete", "You are about to delete the property *Piazza*")
    await emma.submits(question)
    await emma.sees_modal("The property Piazza is deleted. Nothing was charged.")
    assert is_deleted(demo_slack, property_id(billing, "Piazza"))
    await emma.sees_home("Property: *Bottega*")


@pytest.mark.product(43, languages="it")
async def test_an_italian_owner_deletes_a_property_that_holds_nothing(demo_slack: Conversation) -> None:
    giulia, billing = demo_slack.as_person(GIULIA), demo_slack.session.billing
    give_role(billing, GIULIA, "Piazza", Role.OWNER)
    refused = await giulia.opens("/billing proprietà elimina", "La proprietà *Piazza* non si può eliminare")
    assert set(buttons(refused, "subscription.cancel")) == {
        subscription_id(billing, "Piazza", add_on) for add_on in ("ai-assist", "remove-branding")
    }
    assert not buttons(refused, "transfer.open")  # she owns no other property
    mercato = empty_property(demo_slack, GIULIA)
    question = await giulia.opens(
        "/billing proprietà elimina", "Stai per eliminare la proprietà *Mercato* per tutti i suoi membri"
    )
    assert "*Oggi non paghi nulla*" in text_of(question)
    assert not is_deleted(demo_slack, mercato)
    await giulia.submits(question)
    await giulia.sees_modal("La proprietà Mercato è stata eliminata")
    assert is_deleted(demo_slack, mercato)
    await giulia.sees_home("Proprietà: *Piazza*")


async def test_its_credit_is_given_up_beside_its_field_or_it_stays(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    mercato = empty_property(demo_slack, EMMA, credit=1220)
    question = await emma.opens("/billing property delete", "*Mercato* has €12.20 of credit")
    answer = await emma.submits(question)
    assert "still has €12.20 of credit, so it wasn't deleted" in answer["errors"]["credit"]
    assert not is_deleted(demo_slack, mercato)
    await emma.submits(question, credit=["give_up"])
    await emma.sees_modal("The property Mercato is deleted")
    postings = "SELECT SUM(minor) FROM postings WHERE property_id = :prop AND account = 'credit'"
    assert rows(demo_slack.session.billing, postings, prop=mercato) == [(0,)]


async def test_what_was_bought_while_the_question_stood_keeps_it(demo_slack: Conversation) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    mercato = empty_property(demo_slack, EMMA)
    question = await emma.opens("/billing property delete", "You are about to delete")
    with billing.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE subscriptions SET property_id = '{mercato}' WHERE add_on_id = 'remove-branding'"
        )
    await emma.submits(question)
    await emma.sees_modal("The property *Mercato* can't be deleted")
    assert not is_deleted(demo_slack, mercato)


async def test_the_settings_of_a_property_lead_its_owners_there(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    settings = await emma.opens("/billing channel", "Delete property")
    await emma.presses(settings, "property.open_delete", *buttons(settings, "property.open_delete"))
    await emma.sees_modal("The property *Piazza* can't be deleted")
    assert not buttons(await giulia.opens("/billing canale", "Canale"), "property.open_delete")


async def test_an_admin_is_told_that_owners_can(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing proprietà elimina")
    await giulia.reads("Solo i proprietari di questa proprietà")
