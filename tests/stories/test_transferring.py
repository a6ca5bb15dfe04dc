"""Transfer to another property, by who owns both: product line 15, with its five refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from billing import Actor
from billing.services import properties
from billing.values.actors import Role
from bot import i18n
from sandbox import demo
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, give_role, property_id, rows, subscription_id, tables
from tests.stories.test_unusable_channels import receives


async def form_for(person: Person, words: str) -> Seen:
    return await person.opens(f"/billing transfer {words}", "To which property?")


@pytest.mark.product(15, languages="en")
async def test_an_owner_of_both_moves_a_plan_with_its_history_and_no_money_moves(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    moved = subscription_id(billing, "Piazza", "remove-branding")
    documents = rows(billing, "SELECT * FROM invoices ORDER BY id")
    paid = len(rows(billing, "SELECT id FROM payments"))
    await emma.submits(await form_for(emma, "remove"))
    question = await emma.sees_modal("Yes, transfer")
    for said in (
        "*Remove Branding Standard* from the property *Piazza* to *Bottega*",
        "*Charged now:* nothing",
        "Its dates stay the same. Next charge: €35.38 with VAT, on ",
        "*Stays behind:* card (Visa •••• 4242) and receipt recipient (emma@esempio.example).",
    ):
        assert said in text_of(question)
    assert subscription_id(billing, "Piazza", "remove-branding") == moved
    await emma.submits(question)
    await emma.sees_modal(
        "Remove Branding Standard now belongs to Bottega, with its invoices. Nothing was charged."
    )
    await demo_slack.until_announced("transferred Remove Branding Standard from Piazza to Bottega")
    assert subscription_id(billing, "Bottega", "remove-branding") == moved
    assert rows(billing, "SELECT * FROM invoices ORDER BY id") == documents
    assert len(rows(billing, "SELECT id FROM payments")) == paid
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    history = await emma.opens("/billing history remove", "Payment history")
    assert "property *Bottega*" in text_of(history)
    assert "Visa •••• 4242" in text_of(history)


@pytest.mark.product(15, languages="it")
async def test_what_has_ended_can_move_too_if_its_add_on_can(italian_slack: Conversation) -> None:
    await italian_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    emma = italian_slack.as_person(EMMA)
    form = await emma.opens("/billing annulla remove", "Remove Branding")
    await emma.submits(form, kind="not_used")
    await emma.submits(await emma.sees_modal("Sì, disdici abbonamento"))
    await italian_slack.turn_clock(advance="40d")
    await italian_slack.until_announced("Remove Branding Standard di Piazza è terminato")
    home = await emma.opens_home("Trasferisci")
    moved = subscription_id(italian_slack.session.billing, "Piazza", "remove-branding")
    assert moved in buttons(home, "transfer.open")
    await emma.presses(home, "transfer.open", moved)
    await emma.submits(await emma.sees_modal("A quale proprietà?"))
    await emma.submits(await emma.sees_modal("Sì, trasferisci"))
    await emma.sees_modal("Remove Branding Standard ora appartiene a Bottega")
    await italian_slack.until_announced("ha trasferito Remove Branding Standard da Piazza a Bottega")


async def test_an_add_on_that_cannot_be_transferred_says_so_beside_it(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await form_for(emma, "video"))
    assert "Video and Voice can't be transferred" in answer["errors"]["subscription_id"]


async def test_what_the_other_property_has_already_is_refused_beside_it(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await form_for(emma, "ai"))
    assert "That property already has a subscription to this add-on" in answer["errors"]["property_id"]


async def test_an_old_price_stays_where_it_is(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE prices SET on_sale = false WHERE add_on_id = 'remove-branding'")
    answer = await emma.submits(await form_for(emma, "remove"))
    assert "has a price that is no longer sold" in answer["errors"]["subscription_id"]


async def test_a_plan_is_not_sold_to_a_property_that_pays_in_another_currency(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    actor = Actor(demo.TEAM.id, EMMA.id, "demo")
    properties.create(
        billing, actor, "Genève", "Europe/Zurich", "IT", is_workspace_owner=True, currency="CHF"
    )
    properties.choose(billing, actor, property_id(billing, "Piazza"))
    answer = await emma.submits(await form_for(emma, "remove"), property_id=property_id(billing, "Genève"))
    assert "Standard isn't sold to that property" in answer["errors"]["property_id"]


async def test_an_admin_is_told_that_owners_of_both_can(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing trasferisci ai")
    await giulia.reads("Solo chi è proprietario di entrambe le proprietà")
    home = await giulia.opens_home("AI Assist Growth")
    assert not buttons(home, "transfer.open")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT])
async def test_who_lost_one_of_the_two_meanwhile_moves_nothing(demo_slack: Conversation, role: Role) -> None:
    giulia, billing = demo_slack.as_person(GIULIA), demo_slack.session.billing
    for shop in ("Piazza", "Bottega"):
        give_role(billing, GIULIA, shop, Role.OWNER)
    await giulia.types("/billing proprietà piazza")
    await giulia.reads("Piazza")
    form = await giulia.opens("/billing trasferisci remove", "A quale proprietà?")
    await giulia.submits(form)
    question = await giulia.sees_modal("Sì, trasferisci")
    give_role(billing, GIULIA, "Bottega", role)
    before = tables(billing, but=KEPT_OF_REFUSALS)
    await giulia.submits(question)
    await giulia.sees_modal("Solo chi è proprietario di entrambe le proprietà")
    assert tables(billing, but=KEPT_OF_REFUSALS) == before


async def test_a_yes_pressed_again_says_that_it_is_there_already(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await form_for(emma, "remove"))
    question = await emma.sees_modal("Yes, transfer")
    await emma.submits(question)
    await emma.submits(question)
    told = [m for m in await demo_slack.announcements() if "transferred Remove Branding" in m["text"]]
    assert len(told) <= 1
    await demo_slack.until_announced("transferred Remove Branding Standard from Piazza to Bottega")


ASKED = {
    "en": (
        "Remove Branding Standard belongs to Bottega now and lacks: card, billing address, receipt recipient. "
        "It is charged €35.38 with VAT on ",
        "Its card, billing address and receipt recipient stayed behind: add new ones before then.",
        "Reminder: Remove Branding Standard of Bottega is charged €35.38 with VAT on ",
        " and still lacks: card, receipt recipient.",
        "Edit billing address",
    ),
    "it": (
        "Remove Branding Standard ora appartiene a Bottega. Da completare: carta, indirizzo di fatturazione, "
        "destinatario delle ricevute. ",
        "Carta, indirizzo di fatturazione e destinatario delle ricevute non sono passati: aggiungine di nuovi",
        "Promemoria: ",
        "Da completare: carta, destinatario delle ricevute.",
        "Modifica indirizzo",
    ),
}


async def what_stays_behind_is_asked_for(slack: Conversation, language: str) -> None:
    emma, billing = slack.as_person(EMMA), slack.session.billing
    asked, outcome, reminder, lacks, address = ASKED[language]
    moved = subscription_id(billing, "Piazza", "remove-branding")
    with billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE properties SET billing_address = NULL WHERE name = 'Bottega'")
    form = await emma.opens("/billing transfer remove", "Bottega")
    await emma.submits(form)
    await emma.submits(await emma.sees_modal("Remove Branding Standard", other_than=form["hash"]))
    said = await emma.sees_modal(outcome)
    (message,) = await receives(slack, EMMA, asked)
    for seen in (said, message):
        ways = [buttons(seen, one) for one in ("payment_method.open", "address.edit", "receipts.edit")]
        assert ways == [[moved]] * 3
    # What the sentence says is so.
    ((card, kept, receipts, end),) = rows(
        billing,
        "SELECT payment_method_id, address, receipts_to_user_id, period_end_at FROM subscriptions WHERE id = :s",
        s=moved,
    )
    assert (card, receipts, str(kept) in ("null", "None")) == (None, None, True)
    day = i18n.words(language).day_of(datetime.fromisoformat(str(end)).replace(tzinfo=UTC), "Europe/Rome")
    assert day in message["text"]
    # One of the three is added from the message; the reminder names the other two.
    await emma.presses(message, "address.edit", moved)
    await emma.submits(
        await emma.sees_modal(address),
        name="Bottega S.r.l.",
        street="Via Due 2",
        city="Milano",
        postal_code="20121",
        region="MI",
    )
    await emma.sees_modal("Bottega")
    for _ in range(6):
        if await reminded(slack, reminder):
            break
        await slack.turn_clock(advance="6d")
    (again,) = [one for one in await reminded(slack, reminder) if day in one["text"]][:1]
    assert lacks in again["text"]
    assert [buttons(again, one) for one in ("payment_method.open", "address.edit")] == [[moved], []]


async def reminded(slack: Conversation, words: str) -> list[Seen]:
    state = await slack.state()
    own = {c["id"] for c in state["channels"] if c.get("is_im") and c.get("user") == EMMA.id}
    return [m for m in state["messages"] if m["channel"] in own and words in m["text"]]


async def test_what_stays_behind_is_asked_for_at_once_and_before_the_charge(demo_slack: Conversation) -> None:
    await what_stays_behind_is_asked_for(demo_slack, "en")


async def test_what_stays_behind_is_asked_for_in_italian_too(italian_slack: Conversation) -> None:
    await italian_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    await what_stays_behind_is_asked_for(italian_slack, "it")
