"""A budget that is set, seen and passed in the conversation: product line 48."""

from __future__ import annotations

import re

import pytest

from sandbox.demo import EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, buttons, text_of

SAID = {
    "en": (
        "Budget of Piazza saved: €",
        r"€([\d.,]+) of €100,000\.00 this month \(0%\)",
        "Yes, buy",
        "of its budget for",
        "Nothing is ever blocked",
        "Piazza has no budget. No one is warned",
        "That is not an amount above zero",
    ),
    "it": (
        "Budget di Piazza salvato: ",
        r"([\d.,]+)\s€ su 100\.000,00\s€ questo mese \(0%\)",
        "Sì, acquista",
        "Budget di Piazza (",
        "Non viene mai bloccato nulla",
        "Piazza non ha un budget. Nessuno viene avvisato",
        "non è un importo maggiore di zero",
    ),
}


@pytest.mark.product(48, languages="en it")
@pytest.mark.parametrize(
    ("slack", "person"), [("en-GB", EMMA), ("it-IT", GIULIA)], indirect=["slack"], ids=["English", "Italian"]
)
async def test_an_admin_sets_it_and_the_channel_is_told_once_a_purchase_passes_it(
    slack: Conversation, person: User
) -> None:
    reader = slack.as_person(person)
    saved, spent, buys, told_as, never, none, no_amount = SAID[slack.language]
    form = await reader.opens("/billing budget", "budget.change")
    assert never in text_of(form)
    refused = await reader.submits(form, every="month", amount="much")
    assert no_amount in refused["errors"]["amount"]
    await reader.submits(form, every="month", amount="100000")
    now = text_of(await reader.sees_modal(saved))
    found = re.search(spent, now)
    assert found is not None, now
    so_far = int(re.sub(r"\D", "", found[1]))

    home = await reader.opens_home("budget.open")
    await reader.presses(home, "budget.open", buttons(home, "budget.open")[0])
    form = await reader.sees_form("budget.change")
    await reader.submits(form, every="month", amount=f"{so_far / 100 + 1:.2f}")
    await reader.sees_modal(saved)
    buy = await reader.opens("/billing buy", "video-voice")
    await reader.submits(buy, offer="video-voice:plus:month")
    await reader.submits(await reader.sees_modal(buys))
    await slack.rests()  # it is bought by then
    await slack.turn_clock(advance="1m")
    told = await slack.until_announced(told_as)
    assert len(buttons(told, "spend.open")) == 1
    await slack.turn_clock(advance="2m")
    assert [told_as in one["text"] for one in await slack.announcements()].count(True) == 1

    form = await reader.opens("/billing budget", "budget.change")
    await reader.submits(form, every="none")
    await reader.sees_modal(none)
    home = await reader.opens_home()
    assert not buttons(home, "budget.open")
