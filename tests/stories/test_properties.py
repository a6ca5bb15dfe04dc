"""Whose billing one looks at: product line 1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from billing import Actor
from billing.services import catalogue, properties
from sandbox import demo
from sandbox.demo import ANNA, EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of, words_of
from tests.stories.records import KEPT_OF_REFUSALS, property_id, rows, tables

OLGA = User("U0OLGA00001", "olga", "Olga Neri", email="olga@esempio.example", locale="en-GB", is_owner=True)
PINO = User("U0PINO00001", "pino", "Pino Gallo", email="pino@esempio.example", locale="it-IT")


def arrives(slack: Conversation, person: User) -> None:
    """Somebody joins the workspace and its billing channel."""
    workspace = slack.session.sandbox.workspace
    about = {name: getattr(person, name) for name in ("id", "title", "email", "locale", "tz", "is_owner")}
    workspace.add_user(person.name, person.real_name, **about)
    for channel in workspace.channels.values():
        if channel.name == "billing":
            channel.members.append(person.id)


@pytest.mark.product(1, languages="en")
async def test_a_property_is_chosen_by_the_beginning_of_its_name_and_everything_is_about_it_from_then_on(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing")
    assert "Property: *Piazza*" in text_of(await emma.reads("Purchases and invoices"))
    await emma.types("/billing property bottega")
    await emma.reads("You're now viewing the property Bottega")

    await emma.types("/billing")
    card = await emma.reads("Property: *Bottega*")
    assert "AI Assist Business" in text_of(card)
    assert "AI Assist Growth" not in text_of(card)
    assert "Property: *Bottega*" in text_of(await emma.sees_home("AI Assist Business"))
    await emma.types("/billing invoices")
    assert "All invoices of the property *Bottega*" in text_of(await emma.sees_modal("Invoices"))
    await emma.types("/billing cancel")
    form = await emma.sees_modal("Cancel subscription")
    assert "AI Assist Business" in text_of(form)
    assert "AI Assist Growth" not in text_of(form)
    await emma.types("/billing address")
    assert "(property Bottega)" in text_of(await emma.sees_modal("Edit billing address"))


async def test_documents_name_the_property(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.types("/billing")
    card = await emma.reads("Property: *Bottega*")
    await emma.presses(card, "invoice.send", buttons(card, "invoice.send")[0])
    assert "Bottega" in words_of(await emma.receives_pdf())
    assert "Bottega" in (await emma.direct_messages(1))[0]["text"]


@pytest.mark.product(1, languages="en it")
async def test_the_choice_is_kept_for_each_person_alone(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await giulia.types("/billing")
    assert "Proprietà: *Piazza*" in text_of(await giulia.reads("Acquisti e fatture"))
    await emma.types("/billing")
    assert "Property: *Bottega*" in text_of(await emma.reads("Purchases and invoices"))


async def test_a_property_is_chosen_from_the_list_on_the_card_and_the_card_changes_in_its_place(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing")
    card = await emma.reads("Property: *Piazza*")
    await emma.presses(card, "property.choose", property_id(demo_slack.session.billing, "Bottega"))
    changed = await emma.reads("Property: *Bottega*")
    assert changed["ts"] == card["ts"]
    assert "AI Assist Business" in text_of(await emma.sees_home("Property: *Bottega*"))


async def test_a_property_is_chosen_from_the_list_in_the_home(italian_slack: Conversation) -> None:
    emma = italian_slack.as_person(EMMA)
    home = await emma.opens_home("Property: *Piazza*")
    await emma.presses(home, "property.choose", property_id(italian_slack.session.billing, "Bottega"))
    await emma.sees_home("Property: *Bottega*", other_than=home["hash"])
    assert not await emma.private_answers()  # the Home itself is the answer


async def test_a_name_that_no_property_has_is_said_with_those_that_there_are(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing property xyzzy")
    said = await emma.reads("None of your properties is called “xyzzy”.")
    assert said["text"].endswith("You can choose Bottega, Piazza.")
    await emma.types("/billing property piaza")
    await emma.reads("Did you mean “Piazza”?")


async def test_the_whole_name_of_a_property_chooses_it_though_it_begins_anothers(
    demo_slack: Conversation,
) -> None:
    emma, billing = demo_slack.as_person(EMMA), demo_slack.session.billing
    actor = Actor(demo.TEAM.id, EMMA.id, "demo")
    for name in ("Shop", "Shop North"):
        properties.create(billing, actor, name, "Europe/Rome", "IT", is_workspace_owner=True)
    await emma.types("/billing property shop")
    await emma.reads("You're now viewing the property Shop. ")
    await emma.types("/billing property SHOP N")
    await emma.reads("You're now viewing the property Shop North. ")
    await emma.types("/billing property sh")
    question = await emma.reads("2 properties fit “sh”. Choose one.")
    await emma.presses(question, "property.choose", property_id(billing, "Shop"))
    await emma.reads("Property: *Shop*")


async def test_another_ones_property_is_not_there_to_be_chosen(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing proprietà bottega")
    said = await giulia.reads("Nessuna delle tue proprietà si chiama «bottega».")
    assert said["text"].endswith("Puoi scegliere Piazza.")


@pytest.mark.product(1, languages="it")
async def test_somebody_without_a_property_is_told_what_to_do(demo_slack: Conversation) -> None:
    arrives(demo_slack, PINO)
    pino = demo_slack.as_person(PINO)
    await pino.types("/billing")
    answer = await pino.reads("Non fai ancora parte di nessuna proprietà")
    assert f"Possono aggiungerti: <@{EMMA.id}>." in text_of(answer)
    assert not buttons(answer, "property.new")
    assert not buttons(await pino.opens_home("Non fai ancora parte di nessuna proprietà"), "property.new")


async def test_an_owner_of_the_workspace_creates_the_first_property_by_the_form(
    demo_slack: Conversation,
) -> None:
    arrives(demo_slack, OLGA)
    olga = demo_slack.as_person(OLGA)
    await olga.types("/billing")
    answer = await olga.reads("You don't belong to any property yet")
    await olga.presses(answer, "property.new")
    form = await olga.sees_modal("Create a property")
    assert "Europe/Rome" in text_of(form)
    await olga.submits(form, name="Mercato", country="FR")
    await olga.sees_modal("The property Mercato is created and you're its owner")
    home = await olga.sees_home("Property: *Mercato*")
    assert "no subscriptions yet" in text_of(home)
    ((country, zone),) = rows(
        demo_slack.session.billing, "SELECT country, time_zone FROM properties WHERE name = 'Mercato'"
    )
    assert (country, zone) == ("FR", "Europe/Rome")


async def test_the_form_for_a_property_is_opened_from_the_home_too(demo_slack: Conversation) -> None:
    arrives(demo_slack, OLGA)
    olga = demo_slack.as_person(OLGA)
    await olga.presses(await olga.opens_home("belong to any property yet"), "property.new")
    await olga.submits(await olga.sees_modal("Create a property"), name="Mercato")
    await olga.sees_home("Property: *Mercato*")


async def test_a_form_that_is_delivered_twice_creates_one_property(demo_slack: Conversation) -> None:
    arrives(demo_slack, OLGA)
    olga = demo_slack.as_person(OLGA)
    await olga.presses(await olga.opens_home("belong to any property yet"), "property.new")
    form = await olga.sees_modal("Create a property")
    await demo_slack.post("faults", method="view_submission", kind="twice")
    await olga.submits(form, name="Mercato")
    await olga.sees_modal("The property Mercato is created and you're its owner")
    await demo_slack.delivered("view_submission", 2)
    assert rows(demo_slack.session.billing, "SELECT COUNT(*) FROM properties WHERE name = 'Mercato'") == [
        (1,)
    ]


async def test_what_is_wrong_with_a_new_property_stands_beside_its_fields(demo_slack: Conversation) -> None:
    arrives(demo_slack, OLGA)
    olga = demo_slack.as_person(OLGA)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    await olga.presses(await olga.opens_home("belong to any property yet"), "property.new")
    form = await olga.sees_modal("Create a property")
    answer = await olga.submits(form, name="   ", time_zone="Europe/Paris")
    assert answer["errors"] == {"name": "This field is required."}
    kept = (await olga.sees_modal("Create a property"))["state"]["values"]
    assert kept["time_zone"]["value"]["selected_option"]["value"] == "Europe/Paris"
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert (await olga.submits(form, name="Mercato", time_zone="Europe/Paris"))["outcome"] == "updated"


async def test_who_does_not_own_the_workspace_creates_none_even_by_an_old_button(
    demo_slack: Conversation,
) -> None:
    arrives(demo_slack, OLGA)
    olga = demo_slack.as_person(OLGA)
    home = await olga.opens_home("belong to any property yet")
    await demo_slack.session.sandbox.change_user(OLGA.id, is_owner=False)
    await olga.presses(home, "property.new")
    await olga.sees_modal("Only owners of this workspace can create a property")
    assert not buttons(await olga.sees_home("They can add you", other_than=home["hash"]), "property.new")


async def test_an_accountant_chooses_too(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    await anna.types("/billing property pia")
    await anna.reads("You're now viewing the property Piazza")


@pytest.mark.parametrize(
    ("slack", "currency", "hint", "price"),
    [
        ("en-GB", "JPY, Japanese Yen", "It can't be changed later.", "Chat Small: ¥1,500 a month + VAT"),
        ("it-IT", "JPY, yen giapponese", "che poi non si può cambiare.", "Chat Small: 1.500 JPY"),
    ],
    indirect=["slack"],
)
async def test_the_currency_of_a_new_property_is_chosen_where_there_are_several(
    slack: Conversation, tmp_path: Path, currency: str, hint: str, price: str
) -> None:
    file = tmp_path / "catalogue.toml"
    prices = 'month = { EUR = "10.00", JPY = "1500" }'
    file.write_text(
        'version = 99\ncurrency = "EUR"\n[add_ons.chat]\nname = "Chat"\n'
        f'plans.small = {{ name = "Small", {prices} }}\n'
    )
    catalogue.apply(slack.session.billing, file)
    arrives(slack, OLGA if "Japanese" in currency else replace(OLGA, locale="it-IT"))
    olga = slack.as_person(OLGA)
    home = await olga.opens_home(
        "belong to any property yet" if "Japanese" in currency else "nessuna proprietà"
    )
    await olga.presses(home, "property.new")
    form = await olga.sees_modal(currency)
    assert hint in text_of(form)
    await olga.submits(form, name="Mercato", currency="JPY")
    await olga.sees_home("*Mercato*")
    words = "buy" if "Japanese" in currency else "acquista"
    assert price in text_of(await olga.opens(f"/billing {words}", "Chat Small"))


@pytest.mark.parametrize(
    ("locale", "title", "shown"),
    [
        ("en-GB", "Create a property", "Lisbon (Europe/Lisbon)"),
        ("it-IT", "Crea una proprietà", "Lisbona (Europe/Lisbon)"),
    ],
)
async def test_a_time_zone_is_found_by_its_city_in_the_readers_language(
    demo_slack: Conversation, locale: str, title: str, shown: str
) -> None:
    reader = replace(OLGA, locale=locale)
    arrives(demo_slack, reader)
    olga = demo_slack.as_person(reader)
    await olga.presses(await olga.opens_home("property.new"), "property.new")
    form = await olga.sees_modal(title)
    (menu,) = (block["element"] for block in form["blocks"] if block.get("block_id") == "time_zone")
    assert menu["initial_option"]["value"] == reader.tz
    (lisbon,) = (one for group in menu["option_groups"] for one in group["options"] if "Lisbo" in str(one))
    assert lisbon["text"]["text"] == shown
    await olga.submits(form, name="Mercato", time_zone=lisbon["value"])
    await olga.sees_home("Mercato")
    sql = "SELECT time_zone FROM properties WHERE name = 'Mercato'"
    assert rows(demo_slack.session.billing, sql) == [("Europe/Lisbon",)]
