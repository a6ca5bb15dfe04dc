"""Questions after `/billing`, in the asker's own words: product line 54."""

from __future__ import annotations

import pytest

from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.conversation import Conversation, text_of


@pytest.mark.product(54, languages="en it")
@pytest.mark.parametrize(
    ("person", "question", "said"),
    [
        (EMMA, "what do we pay for AI Assist?", ("€29.00", "Next charge")),
        (GIULIA, "Quanto paghiamo per  AI ASSIST", ("29,00 €", "Prossimo addebito")),
    ],
    ids=["English", "Italian"],
)
async def test_what_is_paid_for_an_add_on_is_said_to_who_asks_by_its_name(
    demo_slack: Conversation, person: User, question: str, said: tuple[str, ...]
) -> None:
    shown = text_of(await demo_slack.as_person(person).opens(f"/billing {question}", "AI Assist Growth"))
    assert [words for words in said if words not in shown] == []


async def test_an_accountant_reads_it_and_an_agent_learns_which_words_there_are(
    demo_slack: Conversation,
) -> None:
    await demo_slack.as_person(ANNA).opens("/billing how much is AI Assist", "AI Assist Growth")
    luca = demo_slack.as_person(LUCA)
    await luca.types("/billing quanto paghiamo per AI Assist")
    answer = text_of(await luca.reads("Comando sconosciuto: «quanto»"))
    assert "29" not in answer


@pytest.mark.parametrize(
    "typed", ["cancle AI Assist", "what do we pay", "what do we pay for AI", "what does email assist cost"]
)
async def test_a_mistyped_command_and_what_names_nothing_get_help(
    demo_slack: Conversation, typed: str
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types(f"/billing {typed}")
    await emma.reads(f"Unknown command “{typed.split(maxsplit=1)[0]}”")
