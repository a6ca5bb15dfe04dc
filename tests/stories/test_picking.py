"""Which subscription a command means: the one that was named, the only one, or the one that is asked for."""

from __future__ import annotations

import pytest

from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from tests.stories.conversation import Conversation, text_of
from tests.stories.records import KEPT_OF_READING, subscription_id, tables

ABOUT_ONE = (
    *("cancel", "change", "pause", "renew", "transfer", "payment", "address", "company", "receipts"),
    *("invoices", "history"),
)


def begin_alike(slack: Conversation) -> None:
    """Two running subscriptions of Piazza whose names begin with the same word."""
    with slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE add_ons SET name = 'AI' WHERE id = 'remove-branding'")


async def test_a_name_that_nothing_has_is_said_by_every_word_and_nothing_opens(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    before = tables(demo_slack.session.billing, but=KEPT_OF_READING)
    for word in ABOUT_ONE:
        seen = await emma.private_answers()
        await emma.types(f"/billing {word} xyzzy")
        said = await emma.is_answered(beyond=seen)
        assert "No subscription here is called “xyzzy”. This property has " in said, word
        assert "AI Assist Growth" in said, word
    assert not (await demo_slack.state())["views"].get(EMMA.id)
    assert tables(demo_slack.session.billing, but=KEPT_OF_READING) == before


async def test_a_name_that_nothing_has_is_said_in_italian_too_of_a_property_as_well(
    demo_slack: Conversation,
) -> None:
    giulia, named = demo_slack.as_person(GIULIA), "Qui nessun abbonamento si chiama «xyzzy». "
    before = tables(demo_slack.session.billing, but=KEPT_OF_READING)
    # Giulia owns no property: of a transfer she reads that first.
    words = [(word, named) for word in ABOUT_ONE if word != "transfer"]
    for word, said in (*words, ("property", "Nessuna delle tue proprietà si chiama «xyzzy». ")):
        seen = await giulia.private_answers()
        await giulia.types(f"/billing {word} xyzzy")
        heard = await giulia.is_answered(beyond=seen)
        assert said in heard, word
        assert ("Piazza" if word == "property" else "AI Assist Growth") in heard, word
    assert not (await demo_slack.state())["views"].get(GIULIA.id)
    assert tables(demo_slack.session.billing, but=KEPT_OF_READING) == before


async def test_a_name_that_nothing_has_is_said_where_there_is_only_one_to_choose(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing property bottega")
    await emma.reads("Bottega")
    await emma.types("/billing payment remove")
    await emma.reads("No subscription here is called “remove”. This property has AI Assist Business.")
    await emma.opens("/billing payment", "AI Assist Business")  # the only one needs no name


async def test_what_was_probably_meant_is_said_in_the_readers_language(demo_slack: Conversation) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing annulla ai asist")
    await giulia.reads("Qui nessun abbonamento si chiama «ai asist». Intendevi «AI Assist Growth»?")


async def test_a_whole_name_opens_its_own_subscription_though_it_begins_anothers(
    demo_slack: Conversation,
) -> None:
    begin_alike(demo_slack)
    emma = demo_slack.as_person(EMMA)
    await emma.opens("/billing address ai", "future invoices of AI Standard only")
    await emma.opens("/billing address ai a", "future invoices of AI Assist Growth only")
    await emma.opens("/billing invoices AI", "*AI Standard*, property *Piazza*")
    cancel = await emma.opens("/billing cancel ai", "Anything to add?")
    assert subscription_id(demo_slack.session.billing, "Piazza", "remove-branding") in text_of(
        cancel["blocks"][0]["element"]["initial_option"]
    )


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("address", "future invoices of AI Assist Growth only"),
        ("payment", "AI Assist Growth of Piazza: "),
        ("invoices", "*AI Assist Growth*, property *Piazza*"),
        ("history", "*AI Assist Growth*, property *Piazza*"),
    ],
)
async def test_a_beginning_of_several_asks_which_of_them(
    demo_slack: Conversation, word: str, shown: str
) -> None:
    begin_alike(demo_slack)
    emma = demo_slack.as_person(EMMA)
    question = await emma.opens(f"/billing {word} a", "Choose a subscription")
    assert "Video and Voice" not in text_of(question)
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "ai-assist")
    await emma.submits(question, subscription_id=chosen)
    await emma.sees_modal(shown)


async def test_an_accountant_is_asked_whose_invoices(demo_slack: Conversation) -> None:
    begin_alike(demo_slack)
    anna = demo_slack.as_person(ANNA)
    question = await anna.opens("/billing invoices a", "Choose a subscription")
    chosen = subscription_id(demo_slack.session.billing, "Piazza", "remove-branding")
    await anna.submits(question, subscription_id=chosen)
    await anna.sees_modal("*AI Standard*, property *Piazza*")


@pytest.mark.parametrize("word", ["cancel", "change", "pause"])
async def test_one_that_is_over_is_named_as_over_and_not_another_opened(
    demo_slack: Conversation, word: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing {word} video")
    await emma.reads("This subscription ended on")


async def test_one_that_is_cancelled_is_named_as_cancelled(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.submits(await emma.opens("/billing cancel ai", "AI Assist Growth"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.closes(await emma.sees_modal("is cancelled. It stays active"))
    for word in ("cancel", "change"):
        await emma.types(f"/billing {word} ai")
        assert (await emma.reads("Already cancelled by <@"))["text"].endswith("and won't renew.")
    await emma.types("/billing renew remove")
    await emma.reads("so there is nothing to undo or renew")


async def test_nobody_learns_by_a_name_what_they_may_not_see(demo_slack: Conversation) -> None:
    luca = demo_slack.as_person(LUCA)
    for word in ABOUT_ONE:
        seen = await luca.private_answers()
        await luca.types(f"/billing {word} xyzzy")
        said = await luca.is_answered(beyond=seen)
        assert "Solo contabili, amministratori e proprietari" in said, word
        assert "AI Assist" not in said, word


@pytest.mark.parametrize("word", ["buy", "agenda", "members", "channel", "audit", "health"])
async def test_what_stands_behind_a_word_that_takes_nothing_is_said(
    demo_slack: Conversation, word: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing {word} something")
    await emma.reads(f"`/billing {word}` takes nothing after it, so “something” has no meaning there.")


async def test_a_message_typed_behind_contact_stands_in_the_form(demo_slack: Conversation) -> None:
    await demo_slack.as_person(EMMA).opens("/billing contact Which plan fits us?", "Which plan fits us?")


async def test_help_about_something_that_it_does_not_know_says_so(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing help prices")
    assert "`/billing invoices`  lists all invoices" in text_of(
        await emma.reads("There is no help about “prices”.")
    )
