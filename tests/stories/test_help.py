"""Help: links, votes, and a message to the support. Product lines 24, 25 and 26."""

from __future__ import annotations

import asyncio

import pytest

from billing import Billing
from bot.settings import Support
from sandbox.clock import TurnableClock
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA, SUPPORT
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, text_of
from tests.stories.records import rows, tables
from tests.stories.test_properties import PINO, arrives
from tests.stories.wire import Wire


async def help_of(slack: Conversation, person: User, words: str) -> Seen:
    await slack.as_person(person).types(f"/billing {words}")
    return await slack.as_person(person).reads("help.helpful")


async def until_support_reads(slack: Conversation, words: str) -> Seen:
    def look(state: Seen) -> list[Seen]:
        return [m for m in state["messages"] if m["channel"] == SUPPORT.channel and words in text_of(m)]

    found: list[Seen] = await slack.until(look)
    return found[0]


@pytest.mark.product(24, languages="en it")
async def test_help_leads_to_chat_call_and_community(demo_slack: Conversation) -> None:
    text = text_of(await help_of(demo_slack, EMMA, "help"))
    assert f"<{SUPPORT.chat_url}|Live chat>" in text
    assert f"<{SUPPORT.call_url}|Book a call>" in text
    assert f"<{SUPPORT.community_url}|Community>" in text
    assert f"<{SUPPORT.call_url}|Prenota una chiamata>" in text_of(await help_of(demo_slack, GIULIA, "aiuto"))


async def test_help_says_what_each_role_may_do(demo_slack: Conversation) -> None:
    text = text_of(await help_of(demo_slack, GIULIA, "aiuto ruoli"))
    assert "*contabile*  vede la fatturazione, non la modifica" in text


@pytest.mark.product(25, languages="en it")
async def test_each_person_votes_once_sees_the_count_and_can_change_their_mind(
    demo_slack: Conversation,
) -> None:
    emma, luca = demo_slack.as_person(EMMA), demo_slack.as_person(LUCA)
    first = await help_of(demo_slack, EMMA, "help")
    assert "found this helpful" not in text_of(first)
    await emma.presses(first, "help.helpful")
    voted = await emma.reads("1 of 1 found this helpful. You said yes.")
    assert voted["ts"] == first["ts"]
    await luca.presses(await help_of(demo_slack, LUCA, "aiuto"), "help.not_helpful")
    await luca.reads("1 persona su 2 l’ha trovato utile. Hai risposto di no.")
    await emma.presses(voted, "help.helpful")
    await emma.reads("1 of 2 found this helpful. You said yes.")
    await emma.presses(voted, "help.not_helpful")
    await emma.reads("0 of 2 found this helpful. You said no.")
    await emma.types("/billing help roles")
    assert "found this helpful" not in text_of(await emma.reads("*What each role can do*"))


async def test_a_click_that_comes_ten_times_at_once_is_one_vote(demo_slack: Conversation) -> None:
    wire = Wire(demo_slack)
    presses = [wire.press(ANNA, "help.helpful", "words") for _ in range(10)]
    replies = await asyncio.gather(*(wire.interacts(press) for press in presses))
    assert {reply.status for reply in replies} == {200}
    await demo_slack.as_person(ANNA).reads("1 of 1 found this helpful")
    assert rows(demo_slack.session.billing, "SELECT user_id, helpful FROM help_votes") == [(ANNA.id, True)]


async def test_a_vote_on_a_topic_that_is_none_is_not_counted(demo_slack: Conversation) -> None:
    wire, anna = Wire(demo_slack), demo_slack.as_person(ANNA)
    await wire.interacts(wire.press(ANNA, "help.helpful", "' OR 1=1 --"))
    await anna.reads("Not found: it may have been moved")
    assert rows(demo_slack.session.billing, "SELECT * FROM help_votes") == []


@pytest.mark.product(26, languages="it")
async def test_a_message_reaches_the_support_with_its_author_and_property_and_is_answered(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    form = await giulia.opens("/billing contatto", "Scrivici un messaggio")
    await giulia.submits(form, message="Buongiorno,\nquale piano serve?")
    await giulia.sees_modal("Il tuo messaggio su Piazza è stato inoltrato all’assistenza")
    told = await until_support_reads(demo_slack, "quale piano serve?")
    assert told["text"].startswith(f"<@{GIULIA.id}> of Piazza writes to support:")
    assert "Buongiorno,\\nquale piano serve?" in text_of(told)
    assert f"Please answer <@{GIULIA.id}> in a direct message." in text_of(told)
    (kept,) = await giulia.direct_messages(1)
    assert kept["text"].startswith("L’assistenza ha ricevuto il tuo messaggio su Piazza")
    assert "Buongiorno,\\nquale piano serve?" in text_of(kept)


async def test_the_form_is_opened_from_the_help_too_even_by_who_is_in_no_property(
    italian_slack: Conversation,
) -> None:
    arrives(italian_slack, PINO)
    pino = italian_slack.as_person(PINO)
    await pino.presses(await help_of(italian_slack, PINO, "aiuto"), "support.open")
    await pino.submits(await pino.sees_modal("Scrivici un messaggio"), message="Come comincio?")
    await pino.sees_modal("Il tuo messaggio è stato inoltrato")
    told = await until_support_reads(italian_slack, "Come comincio?")
    assert told["text"].startswith(
        f"<@{PINO.id}>, che non fa parte di nessuna proprietà, scrive all’assistenza:"
    )


@pytest.mark.product(26, languages="en")
async def test_what_is_written_mentions_links_and_formats_nothing(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    hostile = "<!channel> *x* <https://evil.example|here> <@U0LUCA00001>"
    await emma.submits(await emma.opens("/billing contact"), message=hostile)
    told = await until_support_reads(demo_slack, "evil.example")
    for live in ("<!channel>", "<https://evil", "<@U0LUCA00001>", "*x*"):
        assert live not in told["text"]
    shown = [block["text"] for block in told["blocks"] if hostile in str(block)]
    assert [text["type"] for text in shown] == ["plain_text"]


async def test_a_card_number_or_an_empty_message_is_not_sent(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    form = await emma.opens("/billing contact")
    before = tables(demo_slack.session.billing, but=["audit_entries"])
    answer = await emma.submits(form, message="My card is 4242 4242 4242 4242")
    assert "That looks like a card number" in answer["errors"]["message"]
    answer = await emma.submits(form, message=" \n ")
    assert answer["errors"] == {"message": "This field is required."}
    assert tables(demo_slack.session.billing, but=["audit_entries"]) == before


async def test_where_nothing_is_set_up_nothing_is_offered(
    desk_of_demo: tuple[Billing, TurnableClock],
) -> None:
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB", support=Support()) as slack:
        text = text_of(await help_of(slack, EMMA, "help"))
        for absent in ("http", "Live chat", "Book a call", "Community", "contact`", "Send us a message"):
            assert absent not in text
        emma = slack.as_person(EMMA)
        await emma.types("/billing contact")
        await emma.reads("Messages to support aren't set up here. Nothing was sent")
        wire = Wire(slack)
        reply = await wire.interacts(wire.submit(EMMA, "support.send", "", message="Forged"))
        assert "Messages to support aren't set up here" in reply.text
        assert not rows(slack.session.billing, "SELECT kind FROM outbox WHERE kind LIKE 'Support%'")
