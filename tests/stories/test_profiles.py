"""The billing profile of a property in the conversation: product line 45."""

from __future__ import annotations

import pytest

from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import rows, subscription_id

NEW = {"name": "Esempio Due S.r.l.", "street": "Via Torino 9", "postal_code": "10121", "city": "Torino"}
SAID = {
    "en": (
        "Billing profile of Piazza saved: Esempio Due S.r.l., Via Torino 9, 10121 Torino (TO), Italy",
        "*Later invoices that it is for:*",
        "AI Assist Growth: from the invoice of ",
        "With billing details of their own, not touched:\\n• Remove Branding Standard",
        "Remove Branding Standard follows the billing profile of Piazza",
    ),
    "it": (
        "Profilo di fatturazione di Piazza salvato: Esempio Due S.r.l., Via Torino 9, 10121 Torino (TO), Italia",
        "*Prossime fatture interessate:*",
        "AI Assist Growth: dalla fattura del ",
        "Con dati di fatturazione propri, invariati:\\n• Remove Branding Standard",
        "Remove Branding Standard segue il profilo di fatturazione di Piazza",
    ),
}


@pytest.mark.product(45, languages="en it")
@pytest.mark.parametrize(
    ("person", "language", "word"),
    [(EMMA, "en", "profile"), (GIULIA, "it", "profilo")],
    ids=["English", "Italian"],
)
async def test_one_edit_is_for_all_that_follow_and_one_of_its_own_comes_back(
    demo_slack: Conversation, person: User, language: str, word: str
) -> None:
    reader, billing = demo_slack.as_person(person), demo_slack.session.billing
    saved, heading, touched, own, follows = SAID[language]
    branding = subscription_id(billing, "Piazza", "remove-branding")
    own_form = await reader.opens("/billing address remove", "address.change")
    await reader.submits(own_form, street="Via Sola 3")
    home = await reader.opens_home("Via Sola 3")
    await reader.presses(home, "profile.edit", buttons(home, "profile.edit")[0])
    form = await reader.sees_form("profile.change")
    await reader.submits(form, **NEW, region="TO")
    said = text_of(await reader.sees_modal(saved))
    for words in (heading, touched, own):
        assert words in said
    of_piazza = "SELECT has_own_buyer FROM subscriptions WHERE id = :s"
    assert [bool(has_own) for (has_own,) in rows(billing, of_piazza, s=branding)] == [True]

    address = await reader.opens("/billing address remove", "profile.follow")
    await reader.presses(address, "profile.follow", branding)
    await reader.sees_modal(follows)
    assert [bool(has_own) for (has_own,) in rows(billing, of_piazza, s=branding)] == [False]
    form = await reader.opens(f"/billing {word}", "profile.change")
    assert "Via Torino 9" in text_of(form)
    assert "Remove Branding Standard: " in text_of(form)
