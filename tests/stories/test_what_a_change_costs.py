"""What a change takes with it is said before, after and in the channel: product lines 11, 30 and 31."""

from __future__ import annotations

import re

import pytest

from sandbox.demo import EMMA
from tests.stories.conversation import Conversation, Person, buttons, text_of
from tests.stories.records import rows

YES = {"en": "Yes, change plan", "it": "Sì, cambia piano"}
LOST = {
    "en": r"You lose:\* (\d+) of 365 days of Business \(€([\d,.]+) \+ VAT\)",
    "it": r"Perdi:\* (\d+) giorni su 365 di Business \(([\d,.]+) € \+ IVA\)",
}
LOST_WITH_IT = {
    "en": "Unused days lost: {days} of 365 days of Business (€{amount} + VAT)",
    "it": "Giorni pagati persi: {days} giorni su 365 di Business ({amount} € + IVA)",
}
NOT_CHARGED = {"en": "Nothing was charged.", "it": "Non è stato addebitato nulla"}
REPLACES = {"en": "This replaces the scheduled change (", "it": "Sostituisce la modifica programmata ("}
REPLACED = {
    "en": "replaced the scheduled change of Remove Branding",
    "it": "ha sostituito la modifica programmata",
}


async def as_emma(slack: Conversation) -> Person:
    await slack.session.sandbox.change_user(EMMA.id, locale=slack.session.sandbox.workspace.team.locale)
    return slack.as_person(EMMA)


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_who_leaves_a_year_that_is_paid_reads_how_many_days_and_how_much_money_are_lost(
    slack: Conversation,
) -> None:
    emma = await as_emma(slack)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    form = await emma.opens("/billing change ai", "AI Assist Business")
    await emma.submits(form, plan="growth:month")
    question = await emma.sees_modal(YES[slack.language])
    found = re.search(LOST[slack.language], text_of(question))
    assert found
    days, amount = found.groups()
    ((net,),) = rows(
        slack.session.billing,
        "SELECT l.net_minor FROM invoice_lines l JOIN subscriptions s ON s.id = l.subscription_id"
        " JOIN properties p ON p.id = s.property_id WHERE p.name = 'Bottega' AND s.add_on_id = 'ai-assist'"
        " AND l.kind = 'cycle' AND l.period_end_at = s.period_end_at",
    )
    assert int(re.sub(r"\D", "", amount)) == (net * int(days) * 2 + 365) // 730  # rounded half up
    await emma.submits(question)
    said = LOST_WITH_IT[slack.language].format(days=days, amount=amount)
    await emma.sees_modal(said)
    await slack.until_announced(said.replace(" €", "\xa0€"))


@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_a_second_planned_change_says_that_it_drops_the_first_and_its_button_goes(
    slack: Conversation,
) -> None:
    emma = await as_emma(slack)
    for quantity in ("3", "5"):
        form = await emma.opens("/billing change remove", "Remove Branding")
        await emma.submits(form, quantity=quantity)
        question = await emma.sees_modal(YES[slack.language])
        assert (REPLACES[slack.language] in text_of(question)) is (quantity == "5")
        await emma.submits(question)
        outcome = await emma.sees_modal(NOT_CHARGED[slack.language])
        assert (REPLACES[slack.language] in text_of(outcome)) is (quantity == "5")
        await emma.closes(outcome)
    dropped = await slack.until_announced(REPLACED[slack.language])
    assert not buttons(dropped, "change.undo")
    newest = await slack.until_announced("5 × Standard")
    assert buttons(newest, "change.undo")
