"""Asking for access: with names and a button, answered by an owner in a direct message, and the outcome is heard."""

from __future__ import annotations

import pytest

from billing.values.actors import Role
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.conversation import Conversation, Seen, buttons, text_of
from tests.stories.records import give_role
from tests.stories.test_members import role_of
from tests.stories.test_properties import PINO, arrives


async def test_an_owner_approves_in_the_message_and_whoever_asked_hears_it_in_italian(
    demo_slack: Conversation,
) -> None:
    luca, emma = demo_slack.as_person(LUCA), demo_slack.as_person(EMMA)
    await luca.types("/billing")
    await luca.presses(await luca.reads("Solo contabili"), "member.ask_for_role")
    (asked,) = await emma.direct_messages(1)
    await emma.presses(asked, "member.approve")
    (heard,) = await luca.direct_messages(1)
    assert heard["text"] == f"<@{EMMA.id}> ti ha dato il ruolo di contabile di Piazza. Apri `/billing`."
    assert role_of(demo_slack, LUCA.id) == "accountant"
    await luca.sees_home("AI Assist Growth")
    (answered,) = await emma.direct_messages(1)
    assert not buttons(answered, "member.approve")


async def test_an_owner_declines_and_whoever_asked_hears_it_in_english(demo_slack: Conversation) -> None:
    anna, emma = demo_slack.as_person(ANNA), demo_slack.as_person(EMMA)
    await anna.types("/billing cancel ai")
    await anna.presses(await anna.reads("Only admins and owners"), "member.ask_for_role")
    (asked,) = await emma.direct_messages(1)
    await emma.presses(asked, "member.decline")
    (heard,) = await anna.direct_messages(1)
    assert heard["text"] == (
        f"<@{EMMA.id}> declined your request to become admin of Piazza. Nothing was changed."
    )
    assert role_of(demo_slack, ANNA.id) == "accountant"


async def declined_once(slack: Conversation, first: User, second: User, said: str) -> None:
    """Both owners have the request; the first declines it, then the second, who reads that it was done."""
    luca, late = slack.as_person(LUCA), slack.as_person(second)
    give_role(slack.session.billing, GIULIA, "Piazza", Role.OWNER)
    await luca.types("/billing")
    await luca.presses(await luca.reads("Solo contabili"), "member.ask_for_role")
    (asked,) = await slack.as_person(first).direct_messages(1)
    (also_asked,) = await late.direct_messages(1)
    await slack.as_person(first).presses(asked, "member.decline")
    (heard,) = await luca.direct_messages(1)
    assert heard["text"].startswith(f"<@{first.id}> ha rifiutato la tua richiesta")
    await late.presses(also_asked, "member.decline")
    await late.reads(f"<@{first.id}> {said}")
    await slack.until(lambda state: not _can_decline(state, also_asked))
    assert await luca.direct_messages(1) == [heard]
    assert role_of(slack, LUCA.id) == "agent"


def _can_decline(state: Seen, message: Seen) -> bool:
    (now,) = [m for m in state["messages"] if (m["ts"], m["channel"]) == (message["ts"], message["channel"])]
    return bool(buttons(now, "member.decline"))


async def test_who_is_declined_by_two_owners_hears_it_once(demo_slack: Conversation) -> None:
    await declined_once(demo_slack, GIULIA, EMMA, "already declined this request")


async def test_who_is_declined_hears_it_once_and_an_owner_reads_so_in_italian(
    demo_slack: Conversation,
) -> None:
    await declined_once(demo_slack, EMMA, GIULIA, "ha già rifiutato questa richiesta")


async def test_an_old_request_takes_no_role_away(demo_slack: Conversation) -> None:
    anna, emma = demo_slack.as_person(ANNA), demo_slack.as_person(EMMA)
    await anna.types("/billing cancel ai")
    await anna.presses(await anna.reads("Only admins and owners"), "member.ask_for_role")
    (asked,) = await emma.direct_messages(1)
    give_role(demo_slack.session.billing, ANNA, "Piazza", Role.OWNER)
    await emma.presses(asked, "member.approve")
    await emma.reads(f"<@{ANNA.id}> is owner already. Nothing was changed.")
    assert role_of(demo_slack, ANNA.id) == "owner"


async def test_who_is_in_no_property_reads_whom_to_ask_and_asks_with_a_button(
    demo_slack: Conversation,
) -> None:
    arrives(demo_slack, PINO)
    pino, emma = demo_slack.as_person(PINO), demo_slack.as_person(EMMA)
    home = await pino.opens_home("Non fai ancora parte di nessuna proprietà")
    assert f"Possono aggiungerti: <@{EMMA.id}>." in text_of(home)
    await pino.presses(home, "member.ask_to_join")
    await pino.sees_modal(f"<@{EMMA.id}>")
    (asked,) = await emma.direct_messages(1)
    assert asked["text"].startswith(f"<@{PINO.id}> is in no property yet and asks to be added.")
    await emma.presses(asked, "member.list")
    await emma.sees_modal("Members of the property *Piazza*")


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (
            ANNA,
            f"Use `/billing` or this button; `/billing help` lists what you can write. These people can help: "
            f"<@{EMMA.id}>, <@{GIULIA.id}>.",
        ),
        (
            GIULIA,
            f"Usa `/billing` o questo pulsante; `/billing aiuto` elenca che cosa puoi scrivere. Possono aiutarti: "
            f"<@{EMMA.id}>.",
        ),
    ],
    ids=["English", "Italian"],
)
async def test_whatever_is_written_to_the_app_is_answered_with_names_and_a_button(
    demo_slack: Conversation, person: User, sentence: str
) -> None:
    reader = demo_slack.as_person(person)
    own = demo_slack.session.sandbox.workspace.direct_messages(person.id).id
    await demo_slack.post("say", user=person.id, channel=own, text="When do we pay?")
    answer = (await reader.direct_messages(2))[-1]
    assert sentence in answer["text"]
    await reader.presses(answer, "home.show")
    await reader.reads("AI Assist Growth")


async def test_who_is_in_no_property_is_answered_in_a_message_too(demo_slack: Conversation) -> None:
    arrives(demo_slack, PINO)
    pino = demo_slack.as_person(PINO)
    own = demo_slack.session.sandbox.workspace.direct_messages(PINO.id).id
    await demo_slack.post("say", user=PINO.id, channel=own, text="Ciao")
    answer = (await pino.direct_messages(2))[-1]
    assert f"Possono aggiungerti: <@{EMMA.id}>." in answer["text"]
    assert buttons(answer, "member.ask_to_join")
