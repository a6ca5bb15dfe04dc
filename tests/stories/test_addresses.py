"""The billing address of one subscription: product line 9."""

from __future__ import annotations

import pytest

from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of, words_of
from tests.stories.records import rows, subscription_id, tables

NEW = {
    "name": "Esempio Due S.r.l.",
    "street": "Via Torino 9",
    "postal_code": "10121",
    "city": "Torino",
    "region": "TO",
}


async def address_form(person: Person, words: str = "ai") -> Seen:
    return await person.opens(f"/billing address {words}", "address.change")


async def newest_invoices(person: Person) -> list[str]:
    """The invoices of the one subscription, by their buttons in its list, newest first."""
    return buttons(await person.opens("/billing invoices ai", "AI Assist Growth"), "invoice.send")


async def downloads_invoice(person: Person, invoice_id: str, messages: int) -> bytes:
    """Asks for the PDF in the open list, and takes it from the direct messages."""
    listed = await person.sees_modal(invoice_id)
    await person.presses(listed, "invoice.send", invoice_id)
    return await person.receives_pdf(messages)


async def test_the_form_holds_the_present_address_and_says_what_it_is_for(demo_slack: Conversation) -> None:
    form = text_of(await address_form(demo_slack.as_person(EMMA)))
    for words in (
        "future invoices of AI Assist Growth only (property Piazza)",
        '"initial_value": "Esempio S.r.l."',
        '"initial_value": "Via Roma 1"',
        '"initial_value": "20121"',
        '"initial_value": "Milano"',
        '"initial_value": "MI"',
        '"initial_option": {"text": {"type": "plain_text", "text": "Italy"',
    ):
        assert words in form


@pytest.mark.product(9, languages="en it")
@pytest.mark.parametrize(
    ("person", "saying", "country"),
    [
        (
            EMMA,
            ("Billing address of AI Assist Growth of Piazza saved", "Nothing was charged"),
            "Italy",
        ),
        (
            GIULIA,
            (
                "Indirizzo di fatturazione di AI Assist Growth di Piazza salvato",
                "Non è stato addebitato nulla",
            ),
            "Italia",
        ),
    ],
    ids=["English", "Italian"],
)
async def test_a_new_address_stands_on_the_next_invoice_and_on_none_that_was_issued(
    demo_slack: Conversation, person: User, saying: tuple[str, str], country: str
) -> None:
    reader = demo_slack.as_person(person)
    issued = await newest_invoices(reader)
    before = await downloads_invoice(reader, issued[0], messages=1)
    assert "Via Roma 1" in words_of(before)

    await reader.submits(await address_form(reader), **NEW)
    saved = text_of(await reader.sees_modal(saying[0]))
    assert f"Esempio Due S.r.l., Via Torino 9, 10121 Torino (TO), {country}" in saved
    assert saying[1] in saved
    assert "Via Torino 9" in text_of(await reader.sees_home("Via Torino 9"))

    assert await newest_invoices(reader) == issued  # changing an address issues nothing
    assert await downloads_invoice(reader, issued[0], messages=2) == before

    await demo_slack.turn_clock(advance="31d")
    newer = await newest_invoices(reader)
    assert newer[0] not in issued
    written = words_of(await downloads_invoice(reader, newer[0], messages=3))
    for line in ("Esempio Due S.r.l.", "Via Torino 9", "10121 Torino (TO)"):
        assert line in written
    assert "Via Roma 1" not in written


async def test_every_other_subscription_keeps_its_own_address(demo_slack: Conversation) -> None:
    def others() -> list[tuple[object, ...]]:
        sql = "SELECT id, address, version FROM subscriptions WHERE id <> :changed ORDER BY id"
        return rows(demo_slack.session.billing, sql, changed=changed)

    emma = demo_slack.as_person(EMMA)
    changed = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    before = others()
    await emma.submits(await address_form(emma), **NEW)
    home = await emma.sees_home("Via Torino 9")
    assert others() == before
    assert text_of(home).count("Via Torino 9") == 1
    assert "Via Roma 1" in text_of(home)


async def test_all_that_is_wrong_is_said_at_once_beside_its_fields_and_what_was_typed_stays(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    before = tables(demo_slack.session.billing, but=["audit_entries", "persons"])
    form = await address_form(emma)
    answer = await emma.submits(form, name="   ", street=" ", city="Torino\x07", region="TO")
    assert answer["outcome"] == "errors"
    assert answer["errors"] == {
        "name": "This field is required.",
        "street": "This field is required.",
        "city": "This contains characters that can't be printed. Type it again.",
    }
    kept = (await emma.sees_form("address.change"))["state"]["values"]
    assert kept["city"]["value"]["value"] == "Torino\x07"
    assert kept["region"]["value"]["value"] == "TO"
    assert tables(demo_slack.session.billing, but=["audit_entries", "persons"]) == before
    assert (await emma.submits(form, **NEW))["outcome"] == "updated"


async def test_errors_are_said_in_the_readers_language(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing indirizzo ai")
    answer = await giulia.submits(await giulia.sees_modal("Modifica indirizzo"), name=" ")
    assert answer["errors"] == {"name": "Questo campo è obbligatorio."}
    await giulia.submits(await giulia.sees_modal("Modifica indirizzo"), **NEW)
    await giulia.sees_modal("salvato: Esempio Due S.r.l., Via Torino 9, 10121 Torino (TO), Italia")


async def test_a_country_whose_tax_is_not_known_is_refused_beside_the_country(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    answer = await emma.submits(await address_form(emma), country="MC")
    assert list(answer["errors"]) == ["country"]
    assert "VAT isn't set up here for billing addresses in that country" in answer["errors"]["country"]


async def test_a_form_that_was_opened_before_somebody_else_changed_the_address_changes_nothing(
    demo_slack: Conversation,
) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    stale = await address_form(emma)
    await giulia.types("/billing indirizzo ai")
    await giulia.submits(await giulia.sees_modal("Modifica indirizzo"), **NEW)
    await giulia.sees_modal("di Piazza salvato")
    await emma.submits(stale, street="Via Vecchia 3")
    await emma.sees_modal(f"<@{GIULIA.id}> just changed this (Billing address). Your changes weren't saved")
    assert "Via Torino 9" in text_of(await address_form(emma))


async def test_without_a_name_the_subscription_is_asked_for_first(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing address")
    question = await emma.sees_modal("Choose a subscription")
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "remove-branding")
    await emma.submits(question, subscription_id=chosen)
    assert "of Remove Branding Standard only" in text_of(await emma.sees_modal("Edit billing address"))


async def test_the_button_of_one_subscription_opens_its_form(italian_slack: Conversation) -> None:
    giulia = italian_slack.as_person(GIULIA)
    home = await giulia.opens_home("AI Assist Growth")
    wanted = subscription_id(italian_slack.session.billing, "Piazza", "ai-assist")
    await giulia.presses(home, "address.edit", wanted)
    assert "AI Assist Growth" in text_of(await giulia.sees_modal("Modifica indirizzo"))
