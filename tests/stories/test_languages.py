"""Italian and English: product line 27. Private answers in the reader's language, channels in the workspace's."""

from __future__ import annotations

import re

import pytest

from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, buttons, text_of, words_of

ITALIAN_MONTHS = (
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"
)
ENGLISH_MONTHS = "January February March April May June July August September October November December"
ITALIAN_DATE = rf"\d{{1,2}} (?:{'|'.join(ITALIAN_MONTHS.split())}) \d{{4}}"
ENGLISH_DATE = rf"(?:{'|'.join(ENGLISH_MONTHS.split())}) \d{{1,2}}, \d{{4}}"


async def giulia_cancels_ai_assist(slack: Conversation, kind: str = "not_used") -> str:
    giulia = slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai")
    await giulia.submits(await giulia.sees_modal("AI Assist Growth"), kind=kind)
    await giulia.submits(await giulia.sees_modal("Sì, disdici abbonamento"))
    return text_of(await giulia.sees_modal("Hai disdetto AI Assist Growth di Piazza"))


@pytest.mark.product(27, languages="it")
async def test_an_italian_reads_amounts_and_dates_as_italians_write_them(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    card = text_of(await giulia.reads("Acquisti e fatture"))
    assert re.search(rf"35,38 € IVA inclusa, .{{0,12}}{ITALIAN_DATE}", card)
    assert "29,00 €" in card
    assert "35.38" not in card
    assert not re.search(ENGLISH_DATE, card)


@pytest.mark.product(27, languages="en")
async def test_an_english_reader_of_the_same_page_reads_english(italian_slack: Conversation) -> None:
    emma = italian_slack.as_person(EMMA)
    await emma.types("/billing")
    card = text_of(await emma.reads("Purchases and invoices"))
    assert re.search(rf"€35.38 with VAT, on {ENGLISH_DATE}", card)
    assert not re.search(ITALIAN_DATE, card)


async def test_in_an_english_workspace_the_channel_reads_english_while_the_italian_is_answered_in_italian(
    demo_slack: Conversation,
) -> None:
    answer = await giulia_cancels_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    assert re.search(rf"until {ENGLISH_DATE}", told["text"])
    assert re.search(ITALIAN_DATE, answer)


async def test_the_reason_that_was_chosen_from_the_list_is_told_to_the_channel_in_its_own_language(
    demo_slack: Conversation,
) -> None:
    await giulia_cancels_ai_assist(demo_slack)
    told = await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    assert "Reason: We don't use it enough" in text_of(told)


@pytest.mark.product(22, 27, languages="it")
async def test_in_an_italian_workspace_the_channel_reads_italian_while_the_english_are_answered_in_english(
    italian_slack: Conversation,
) -> None:
    emma = italian_slack.as_person(EMMA)
    await emma.types("/billing cancel ai")
    await emma.submits(await emma.sees_modal("AI Assist Growth"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    assert re.search(ENGLISH_DATE, text_of(await emma.sees_modal("stays active until")))
    told = await italian_slack.until_announced("ha disdetto AI Assist Growth di Piazza")
    assert re.search(ITALIAN_DATE, told["text"])
    assert "Revoca disdetta" in text_of(told)
    await italian_slack.turn_clock(advance="32d")
    ended = await italian_slack.until_announced("AI Assist Growth di Piazza è terminato")
    assert re.search(ITALIAN_DATE, ended["text"])
    receipt = await italian_slack.until_announced("Pagato: ")
    assert "35,38 € IVA inclusa" in text_of(receipt)


@pytest.mark.product(27, languages="en it")
async def test_a_document_is_written_for_its_reader(demo_slack: Conversation) -> None:
    emma, giulia = demo_slack.as_person(EMMA), demo_slack.as_person(GIULIA)
    documents = {}
    for person in (emma, giulia):
        home = await person.opens_home("AI Assist Growth")
        await person.presses(home, "invoice.send", buttons(home, "invoice.send")[0])
        documents[person.user.name] = words_of(await person.receives_pdf()).replace("\xa0", " ")
    assert "35.38" in documents["emma"]
    assert "Invoice" in documents["emma"]
    assert "35,38 €" in documents["giulia"]
    assert "Fattura" in documents["giulia"]


async def test_who_changes_the_language_is_answered_in_the_new_one_at_once(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing")
    await emma.reads("Purchases and invoices")
    await demo_slack.session.sandbox.change_user(EMMA.id, locale="it-IT")
    await emma.types("/billing")
    await emma.reads("Acquisti e fatture")


async def test_a_language_that_is_not_spoken_here_is_answered_in_english(demo_slack: Conversation) -> None:
    await demo_slack.session.sandbox.change_user(GIULIA.id, locale="de-DE")
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    await giulia.reads("Purchases and invoices")


async def test_both_languages_words_are_understood_everywhere(italian_slack: Conversation) -> None:
    emma, giulia = italian_slack.as_person(EMMA), italian_slack.as_person(GIULIA)
    await emma.types("/billing FATTURE")
    await emma.sees_modal("All invoices of the property")
    await giulia.types("/billing invoices")
    await giulia.sees_modal("Tutte le fatture della proprietà")
