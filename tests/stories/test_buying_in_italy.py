"""Who buys first in Italy is asked for a VAT number or, without one, a Codice Fiscale, and nobody twice."""

from __future__ import annotations

import pytest

from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import rows
from tests.stories.test_buying_abroad import OFFER, opened_in

HOME = {"name": "Emma Rossi", "street": "Via Roma 1", "postal_code": "00118", "city": "Roma", "region": "RM"}
SENTENCES = {
    "en": (
        "E-invoices in Italy need your VAT number or, if you have none, your Codice Fiscale.",
        "Invoices in Italy need a VAT number or a Codice Fiscale. Enter one of them.",
        "Codice Fiscale RSSMRA80A01H501U",
        "Yes, buy it",
    ),
    "it": (
        "Per la fattura elettronica serve la partita IVA o, se non ce l’hai, il codice fiscale.",
        "Per la fattura in Italia serve la partita IVA o il codice fiscale: inserisci uno dei due.",
        "Codice fiscale RSSMRA80A01H501U",
        "Sì, acquista",
    ),
}


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_the_first_purchase_asks_for_a_number_which_the_invoice_then_has(slack: Conversation) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    opened_in(slack, "IT")
    emma, (why, missing, shown, yes) = slack.as_person(EMMA), SENTENCES[slack.language]
    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    form = await emma.sees_modal(why)
    answer = await emma.submits(form, **HOME, country="IT")
    assert answer["errors"] == {"codice_fiscale": missing}
    await emma.submits(form, **HOME, country="IT", codice_fiscale="RSSMRA80A01H501U")
    question = await emma.sees_modal(yes)
    assert shown in text_of(question)
    await emma.submits(question)

    def invoiced(_: object) -> list[tuple[object, ...]]:
        return rows(
            slack.session.billing,
            "SELECT i.document FROM invoices i JOIN properties p ON p.id = i.property_id WHERE p.name = 'IT'",
        )

    ((document,),) = await slack.until(invoiced)
    assert "RSSMRA80A01H501U" in str(document)
    form = await emma.opens("/billing buy", "AI Assist")
    await emma.submits(form, offer="ai-assist:growth:month")
    assert shown in text_of(await emma.sees_modal(yes))


async def test_who_buys_from_abroad_for_a_property_in_italy_gives_the_number_of_their_country(
    demo_slack: Conversation,
) -> None:
    opened_in(demo_slack, "IT")
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing buy", "Video and Voice"), offer=OFFER)
    form = await emma.sees_modal(SENTENCES["en"][0])
    await emma.submits(
        form,
        name="Beispiel GmbH",
        street="Hauptstraße 1",
        postal_code="10115",
        city="Berlin",
        country="DE",
        vat_number="DE136695976",
    )
    assert "VAT number DE136695976" in text_of(await emma.sees_modal("Yes, buy it"))
