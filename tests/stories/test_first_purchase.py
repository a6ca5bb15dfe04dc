"""Who buys first sees what it costs before there is a card, and the form goes on by itself once one is saved."""

from __future__ import annotations

import pytest

from billing import Actor
from billing.services import properties
from sandbox.demo import EMMA, TEAM
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import rows
from tests.stories.test_payment_methods import MASTERCARD, link_in, posts

OFFER = "video-voice:plus:month"
FIRST_BUYER = {
    "name": "Emma Rossi",
    "street": "Via Roma 1",
    "postal_code": "00118",
    "city": "Roma",
    "region": "RM",
    "country": "IT",
    "codice_fiscale": "RSSMRA80A01H501U",
}


async def test_the_purchase_form_shows_the_total_without_a_card_and_takes_the_card_that_was_saved(
    paying_slack: Conversation,
) -> None:
    await _buys_first(
        paying_slack,
        "en-GB",
        ("*To pay:* €71.98 with VAT. Add a card to continue.", "VAT 22%: €12.98", "Total: €71.98"),
        "*Charged now:* €71.98 with VAT, to Mastercard",
        "Yes, buy it",
    )


@pytest.mark.product(18, languages="en it")
async def test_so_it_does_in_italian(paying_slack: Conversation) -> None:
    await _buys_first(
        paying_slack,
        "it-IT",
        ("*Da pagare:* 71,98 € IVA inclusa. Aggiungi una carta per continuare.", "12,98 €", "71,98 €"),
        "71,98 € IVA inclusa",
        "Sì, acquista",
    )


async def _buys_first(
    slack: Conversation, locale: str, before: tuple[str, ...], after: str, yes: str
) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=locale)
    billing, actor = slack.session.billing, Actor(TEAM.id, EMMA.id)
    made = properties.create(billing, actor, "Nuova", "Europe/Rome", "IT", is_workspace_owner=True)
    properties.choose(billing, actor, made.id)
    emma = slack.as_person(EMMA)
    form = await emma.opens("/billing buy", "Video and Voice")
    await emma.chooses(form, "offer", OFFER)
    shown = await emma.sees_modal(before[0])
    for said in before:
        assert said in text_of(shown)
    await emma.presses(shown, "purchase.new_card", *buttons(shown, "purchase.new_card"))
    page = await emma.sees_modal("/gateway/pay/")
    await posts(link_in(page), number=MASTERCARD, expiry="12/30", cvc="123")
    saved = await emma.sees_modal("4444")
    assert "/gateway/pay/" not in text_of(saved)
    await slack.until(lambda state: after in text_of(state["views"][EMMA.id][0]))
    await emma.closes(saved)
    form = await emma.sees_modal(after)
    await emma.submits(form)
    asked = "your Codice Fiscale" if locale == "en-GB" else "il codice fiscale"
    await emma.submits(await emma.sees_modal(asked), **FIRST_BUYER)
    await emma.submits(await emma.sees_modal(yes))
    await slack.until(lambda _: rows(billing, "SELECT id FROM invoices WHERE property_id = :id", id=made.id))
