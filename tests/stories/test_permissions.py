"""Who may do what, and what the others are told: product lines 2 and 3."""

from __future__ import annotations

import json

import pytest

from billing.values.actors import Role
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, buttons, text_of
from tests.stories.records import KEPT_OF_REFUSALS, give_role, refusals, tables
from tests.stories.wire import presses_as_it_was

# Nothing of these may stand in a refusal: amounts, a name or line of an address, the digits of a card.
HIDDEN = (
    "€",
    "EUR",
    "35.38",
    "35,38",
    "29.00",
    "29,00",
    "Via Roma",
    "Milano",
    "20121",
    "Esempio",
    "4242",
    "Visa",
)
WORDS_THAT_CHANGE = (
    *("cancel", "cancel ai", "annulla", "address", "address ai", "indirizzo", "company", "azienda ai"),
    *("change", "change ai", "cambia", "renew", "renew video", "rinnova", "pause ai", "sospendi"),
)
WORDS_THAT_READ = (
    *("", "invoices", "invoices ai", "fatture", "property", "property piazza"),
    *("agenda", "scadenze", "spend", "spesa", "history", "history ai", "storico", "transfer ai"),
    *("contacts", "contatti"),
)


def holds_nothing(answer: str) -> bool:
    return not [hidden for hidden in HIDDEN if hidden in answer]


@pytest.mark.product(2, languages="it")
async def test_an_agent_is_refused_in_private_on_every_word_and_told_who_the_admins_are(
    demo_slack: Conversation,
) -> None:
    luca = demo_slack.as_person(LUCA)
    posted = await demo_slack.announcements()
    for words in (*WORDS_THAT_READ, *WORDS_THAT_CHANGE):
        seen = await luca.private_answers()
        await luca.types(f"/billing {words}")
        answer = await luca.is_answered(beyond=seen)
        assert "Solo contabili, amministratori e proprietari" in answer, words
        assert EMMA.id in answer, words
        assert GIULIA.id in answer, words
        assert holds_nothing(answer), words
    assert await demo_slack.announcements() == posted
    assert not (await demo_slack.state())["views"].get(LUCA.id)


async def test_the_home_of_an_agent_says_why_it_is_empty(demo_slack: Conversation) -> None:
    home = text_of(
        await demo_slack.as_person(LUCA).opens_home("Solo contabili, amministratori e proprietari")
    )
    assert EMMA.id in home
    assert holds_nothing(home)


@pytest.mark.product(2, languages="en")
async def test_an_accountant_reads_everything_and_is_refused_on_every_word_that_changes_something(
    demo_slack: Conversation,
) -> None:
    anna = demo_slack.as_person(ANNA)
    for words in WORDS_THAT_CHANGE:
        seen = await anna.private_answers()
        await anna.types(f"/billing {words}")
        answer = await anna.is_answered(beyond=seen)
        assert "Only admins and owners of this property can change its billing" in answer, words
        assert EMMA.id in answer, words
        assert GIULIA.id in answer, words
        assert holds_nothing(answer), words
    await anna.types("/billing")
    assert "€35.38" in text_of(await anna.reads("Purchases and invoices"))
    await anna.types("/billing invoices ai")
    await anna.sees_modal("Page 1 of 1")


async def test_an_accountant_sees_no_button_that_changes_something(demo_slack: Conversation) -> None:
    anna = demo_slack.as_person(ANNA)
    home = await anna.opens_home("You're an accountant here")
    for action in (
        *("subscription.cancel", "subscription.undo_cancellation", "address.edit"),
        *("change.open", "change.undo", "renewal.open", "transfer.open", "payment.pay"),
    ):
        assert not buttons(home, action)
    await anna.presses(home, "invoice.send", buttons(home, "invoice.send")[0])
    assert (await anna.receives_pdf()).startswith(b"%PDF-")


async def test_who_was_made_an_agent_meanwhile_is_refused_on_every_button_of_the_old_card(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    card = await giulia.reads("Acquisti e fatture")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    for action in (
        *("subscription.cancel", "address.edit", "invoice.list", "invoice.send"),
        *("change.open", "renewal.open", "payment.history"),
    ):
        for value in buttons(card, action):
            seen = await giulia.private_answers()
            await giulia.presses(card, action, value)
            answer = await giulia.is_answered(beyond=seen)
            assert EMMA.id in answer, action
            assert holds_nothing(answer), action
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


async def test_the_home_of_who_was_made_an_agent_is_taken_away_at_the_next_press(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    home = await giulia.opens_home("Acquisti e fatture")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)
    await presses_as_it_was(giulia, home, "subscription.cancel", buttons(home, "subscription.cancel")[0])
    await giulia.sees_modal("Solo amministratori e proprietari")
    assert holds_nothing(text_of(await giulia.sees_home(EMMA.id, other_than=home["hash"])))


@pytest.mark.product(3, languages="en it")
@pytest.mark.parametrize(
    ("locale", "yes", "sentence"),
    [
        ("en-GB", "Yes, cancel subscription", "Only admins and owners"),
        ("it-IT", "Sì, disdici abbonamento", "Solo amministratori e proprietari"),
    ],
)
async def test_demoted_while_the_cancellation_was_open_nothing_is_cancelled_and_the_try_is_on_record(
    demo_slack: Conversation, locale: str, yes: str, sentence: str
) -> None:
    await demo_slack.session.sandbox.change_user(GIULIA.id, locale=locale)
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai")
    form = await giulia.sees_modal("AI Assist Growth")
    await giulia.submits(form, kind="not_used")
    question = await giulia.sees_modal(yes)
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.ACCOUNTANT)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)

    await giulia.submits(question)
    refusal = text_of(await giulia.sees_modal(sentence))
    assert EMMA.id in refusal
    assert holds_nothing(refusal)
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert refusals(demo_slack.session.billing, GIULIA) == [("subscription.cancel", "NotAllowed")]
    assert not [m for m in await demo_slack.announcements() if "cancelled AI Assist" in m["text"]]


async def test_demoted_while_the_first_step_was_open_the_second_is_not_shown(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai")
    form = await giulia.sees_modal("AI Assist Growth")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)
    await giulia.submits(form, kind="not_used")
    assert holds_nothing(text_of(await giulia.sees_modal(EMMA.id)))


async def test_demoted_while_the_address_was_open_the_address_stays_and_the_try_is_on_record(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing indirizzo ai")
    form = await giulia.sees_modal("Modifica indirizzo")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.ACCOUNTANT)
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    await giulia.submits(form, street="Via Nuova 1")
    assert holds_nothing(text_of(await giulia.sees_modal("Solo amministratori e proprietari")))
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert refusals(demo_slack.session.billing, GIULIA) == [("address.change", "NotAllowed")]


async def test_an_accountant_cannot_undo_a_cancellation_that_everybody_reads_in_the_channel(
    demo_slack: Conversation,
) -> None:
    emma, anna, luca = (demo_slack.as_person(person) for person in (EMMA, ANNA, LUCA))
    await emma.types("/billing cancel ai")
    await emma.submits(await emma.sees_modal("AI Assist Growth"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    told = await demo_slack.until_announced("cancelled AI Assist Growth")
    besides = (*KEPT_OF_REFUSALS, "outbox")  # that the message was told is written after it can be read
    before = tables(demo_slack.session.billing, but=besides)
    for person, sentence in ((anna, "Only admins and owners"), (luca, "Solo amministratori e proprietari")):
        await person.presses(told, "subscription.undo_cancellation")
        refusal = await person.reads(sentence)
        assert refusal["ephemeral_to"] == person.user.id
        assert holds_nothing(json.dumps(refusal["blocks"]))
    assert tables(demo_slack.session.billing, but=besides) == before
