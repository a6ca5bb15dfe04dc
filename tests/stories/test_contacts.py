"""Billing contacts of a property in the conversation: product line 44, with the demo's mailbox."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession

from sandbox.demo import ANNA, EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.test_receipts import mails

STUDIO = "studio@commercialista.example"
SAID = {
    "en": (
        "There are no billing contacts yet.",
        f"{STUDIO} was emailed a code. Once you enter it here, their mail starts.",
        "Not confirmed yet: only the code was sent.",
        "That isn't the code from the newest mail.",
        f"{STUDIO} now gets: receipts, contract changes.",
        "That isn't an email address. Type it like name@studio.example.",
        "keeps at least one",
        "is a billing contact now",
        "The contact was removed and gets no more mail.",
    ),
    "it": (
        "Non ci sono ancora contatti di fatturazione.",
        f"A {STUDIO} è stato inviato un codice via e-mail.",
        "Non ancora confermato: è stato inviato solo il codice.",
        "Non è il codice dell’e-mail più recente.",
        f"{STUDIO} ora riceve: ricevute, modifiche al contratto.",
        "Non è un indirizzo e-mail. Scrivilo come nome@studio.example.",
        "ne mantiene almeno uno",
        "è ora un contatto di fatturazione",
        "Il contatto è stato rimosso e non riceve più e-mail.",
    ),
}


@pytest.mark.product(44, languages="en it")
@pytest.mark.parametrize(
    ("person", "language", "word"),
    [(EMMA, "en", "contacts"), (GIULIA, "it", "contatti")],
    ids=["English", "Italian"],
)
async def test_the_accountants_address_is_confirmed_by_a_code_and_then_gets_its_mail(
    demo_slack: Conversation, person: User, language: str, word: str
) -> None:
    none_yet, mailed, waits, wrong, gets, no_address, last, is_now, gone = SAID[language]
    reader = demo_slack.as_person(person)
    shown = await reader.opens(f"/billing {word}", none_yet)
    await reader.presses(shown, "contact.add", *buttons(shown, "contact.add"))
    form = await reader.sees_form("contact.add")
    kinds = ["receipts", "contract_changes"]
    refused = await reader.submits(form, address="studio@commercialista", kinds=kinds)
    assert no_address in str(refused)
    await reader.submits(form, address=STUDIO, kinds=kinds)
    shown = await reader.sees_modal(mailed)
    assert waits in text_of(shown)

    await demo_slack.deliver_mail()
    (mail,) = await mails(demo_slack, 1)
    assert mail["to"] == STUDIO
    (code,) = set(re.findall(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b", mail["text"]))
    await reader.presses(shown, "contact.confirm", *buttons(shown, "contact.confirm"))
    asked = await reader.sees_form("contact.confirm")
    assert wrong in str(await reader.submits(asked, code="AAAAA-AAAAA"))
    await reader.submits(asked, code=code)
    shown = await reader.sees_modal(gets)
    assert waits not in text_of(shown)
    (contact,) = buttons(shown, "contact.remove")
    await reader.presses(shown, "contact.remove", contact)
    await reader.sees_modal(last)

    await reader.types("/billing annulla ai" if person is GIULIA else "/billing cancel ai")
    question = await reader.sees_form("subscription.cancel")
    await reader.submits(question, kind="other", reason="Troppo")
    await reader.submits(await reader.sees_form("subscription.cancel_confirmed"))
    await demo_slack.deliver_mail()
    told = [(one["to"], one["subject"]) for one in await mails(demo_slack, 2) if one["to"] == STUDIO]
    # In the workspace's language: nobody knows that of an address.
    assert (STUDIO, "Cancelled: AI Assist Growth") in told

    shown = await reader.opens(f"/billing {word}", STUDIO)
    await reader.presses(shown, "contact.add", *buttons(shown, "contact.add"))
    await reader.submits(await reader.sees_form("contact.add"), user_id=ANNA.id, kinds=kinds)
    shown = await reader.sees_modal(is_now)
    await reader.presses(shown, "contact.remove", contact)
    assert STUDIO not in text_of(await reader.sees_modal(gone))


async def test_an_accountant_sees_the_contacts_and_is_offered_nothing(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    shown = await anna.opens("/billing contacts", "Billing contacts of the property")
    assert buttons(shown, "contact.add") == []


async def test_the_accountant_confirms_by_the_link_in_the_mail_and_nobody_has_to_type(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    shown = await emma.opens("/billing contacts", SAID["en"][0])
    await emma.presses(shown, "contact.add", *buttons(shown, "contact.add"))
    await emma.submits(await emma.sees_form("contact.add"), address=STUDIO, kinds=["receipts"])
    assert SAID["en"][2] in text_of(await emma.sees_modal(SAID["en"][1]))
    await demo_slack.deliver_mail()
    (mail,) = await mails(demo_slack, 1)
    (link,) = re.findall(r"http://127\.0\.0\.1:\d+/contacts/\S+", mail["text"])
    async with ClientSession() as browser:
        async with browser.get(link) as page:
            assert "Confirm this address?" in await page.text()
        async with browser.post(link) as page:
            assert "Address confirmed" in await page.text()
    shown = await emma.opens("/billing contacts", STUDIO)
    assert SAID["en"][2] not in text_of(shown)
