"""A credit balance is shown where the next charge is, and what is shown is what is charged."""

from __future__ import annotations

import pytest

from billing.services import credit_notes
from billing.services.credit_notes import Wanted
from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import rows

SENTENCES = {
    "en": (
        "€15.38 with VAT, {date}, after €20.00 from your credit balance",
        "€15.38 with VAT · €20.00 from your credit balance",
        "after €20.00 from your credit balance",
        "€15.38",
    ),
    "it": (
        "15,38\xa0€ IVA inclusa, {date}, al netto di 20,00\xa0€ dal tuo credito",
        "15,38\xa0€ IVA inclusa · 20,00\xa0€ dal tuo credito",
        "al netto di 20,00\xa0€ dal tuo credito",
        "15,38\xa0€",
    ),
}


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_credit_is_taken_off_the_next_charge_in_home_and_agenda_and_when_its_day_comes(
    slack: Conversation,
) -> None:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    emma, billing = slack.as_person(EMMA), slack.session.billing
    ((number,),) = rows(
        billing,
        "SELECT i.number FROM invoices i JOIN subscriptions s ON s.id = i.subscription_id"
        " JOIN properties p ON p.id = s.property_id WHERE p.name = 'Piazza' AND s.add_on_id = 'ai-assist'"
        " AND s.status = 'active' ORDER BY i.sequence DESC LIMIT 1",
    )
    credit_notes.issue(billing, number, Wanted("20.00"))
    fact, entry, total = (said.replace("\xa0", " ") for said in SENTENCES[slack.language][:3])
    paid = SENTENCES[slack.language][3]
    before, _, after = fact.partition("{date}")
    home = text_of(await emma.opens_home(after))
    assert before in home
    assert home.count(after) == 1  # one charge takes it, not each of them
    agenda = text_of(await emma.opens("/billing agenda"))
    assert entry in agenda
    assert total in agenda
    for moment in (await slack.state())["clock"]["upcoming"]:
        if "Piazza" in moment["label"]:
            await slack.turn_clock(to=moment["at"])
            break
    await slack.until_announced(paid)  # to the cent what Home said
    assert after not in text_of(await emma.opens_home())
