"""Every word, button, form and shortcut against everybody who may not use it: ids are routing, not authority.

The routing table of the app is the list: whatever is added to it must get a row in `listeners`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from billing import Actor
from billing.services import members
from billing.values.actors import Role
from bot import app
from sandbox import demo
from sandbox.demo import ANNA, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.attempts import For, Row, Try
from tests.stories.conversation import Conversation
from tests.stories.listeners import INVENTED, ROWS, piazzas
from tests.stories.records import (
    KEPT_OF_READING,
    KEPT_OF_REFUSALS,
    give_role,
    pays_for_nothing,
    property_id,
    refusals,
    tables,
)
from tests.stories.test_properties import arrives
from tests.stories.wire import Wire

DORA = User("U0DORA00001", "dora", "Dora Bianchi", email="dora@esempio.example", locale="en-GB")
FOREIGN_WORKSPACE = "T0FOREIGN01"
PIAZZAS_OWN = (
    "Piazza",
    "35.38",
    "29.00",
    "Via Roma",
    "Milano",
    "4242",
    "AI Assist Growth",
    "Remove Branding",
)

FOREIGN = "This app serves another workspace"
GUEST = "Gli ospiti e le persone di altre aree di lavoro"
NOT_FOUND = "Not found: it may have been moved"
OUTDATED = "This button or form is out of date"
READERS_ONLY = ("Only accountants, admins and owners", "Solo contabili, amministratori e proprietari")
ADMINS_ONLY = ("Only admins and owners", "Solo amministratori e proprietari")
OWNERS_OF_BOTH_ONLY = (
    "To transfer a subscription you need to own both properties",
    "Solo chi è proprietario di entrambe le proprietà",
)
OWNERS_ONLY = ("Only owners of this property", "Solo i proprietari di questa proprietà")
OPERATORS_ONLY = ("This command isn't available to you", "Questo comando non è a tua disposizione")
WORKSPACE_OWNERS_ONLY = ("Only owners of this workspace", "Solo i proprietari di questa area di lavoro")


async def refused(slack: Conversation, attempt: Try, row: Row, some_id: str, *sentences: str) -> None:
    """The person reads one of the sentences and nothing of Piazza's, nothing has changed, the try is on record."""
    before = tables(slack.session.billing, but=KEPT_OF_REFUSALS)
    on_record = len(refusals(slack.session.billing, attempt.person))
    answer = await row.use(attempt, some_id)
    assert any(sentence in answer for sentence in sentences), answer
    assert not [own for own in PIAZZAS_OWN if own in answer], answer
    assert tables(slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert not slack.calls("files.completeUploadExternal")
    async with asyncio.timeout(30):
        # It is written down when the person has read it, and the database says nothing by itself.
        while len(refusals(slack.session.billing, attempt.person)) == on_record:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_every_entry_of_the_routing_table_has_a_row_here() -> None:
    routed = {
        *(("word", name) for name in app.WORDS),
        *(("operator", name) for name in app.OPERATOR_WORDS),
        *(("action", name) for name in app.ACTIONS),
        *(("submission", name) for name in app.SUBMISSIONS),
        *(("suggestion", name) for name in app.SUGGESTIONS),
        *(("shortcut", name) for name in app.SHORTCUTS),
    }
    assert set(ROWS) == routed


async def test_another_workspace_is_refused_by_every_listener(demo_slack: Conversation) -> None:
    attempt = Try(Wire(demo_slack), EMMA, workspace=FOREIGN_WORKSPACE)
    for row in ROWS.values():
        await refused(demo_slack, attempt, row, piazzas(demo_slack, row.noun), FOREIGN)


async def test_a_guest_is_refused_by_every_listener_whatever_role_they_had(demo_slack: Conversation) -> None:
    pays_for_nothing(demo_slack.session.billing, GIULIA)
    await demo_slack.session.sandbox.change_user(GIULIA.id, is_restricted=True)
    for row in ROWS.values():
        await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, piazzas(demo_slack, row.noun), GUEST)


async def test_a_stranger_is_refused_by_every_listener(demo_slack: Conversation) -> None:
    pays_for_nothing(demo_slack.session.billing, GIULIA)
    await demo_slack.session.sandbox.change_user(GIULIA.id, is_stranger=True)
    for row in ROWS.values():
        await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, piazzas(demo_slack, row.noun), GUEST)


async def agent_is_refused(slack: Conversation, agent: User) -> None:
    sentences = {
        For.READERS: (*READERS_ONLY, *ADMINS_ONLY),
        For.ADMINS: (*READERS_ONLY, *ADMINS_ONLY),
        For.OWNERS: (*READERS_ONLY, *OWNERS_ONLY),
        For.OWNERS_OF_BOTH: (*READERS_ONLY, *OWNERS_OF_BOTH_ONLY, *ADMINS_ONLY),
        For.WORKSPACE_OWNERS: WORKSPACE_OWNERS_ONLY,
        For.OPERATORS: OPERATORS_ONLY,
    }
    for row in ROWS.values():
        if row.serves is not For.EVERYBODY:
            some_id = piazzas(slack, row.noun)
            await refused(slack, Try(Wire(slack), agent), row, some_id, *sentences[row.serves])


async def test_an_agent_is_refused_by_every_listener_that_shows_or_changes_something(
    demo_slack: Conversation,
) -> None:
    await agent_is_refused(demo_slack, LUCA)


async def test_who_was_an_admin_until_a_moment_ago_is_refused_like_any_agent(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    await giulia.reads("Acquisti e fatture")
    give_role(demo_slack.session.billing, GIULIA, "Piazza", Role.AGENT)
    await agent_is_refused(demo_slack, GIULIA)


async def test_who_was_removed_finds_nothing_any_more(demo_slack: Conversation) -> None:
    billing = demo_slack.session.billing
    give_role(
        billing, GIULIA, "Piazza", Role.AGENT
    )  # what they paid for is paid by somebody else from then on
    members.remove(billing, Actor(demo.TEAM.id, EMMA.id), property_id(billing, "Piazza"), GIULIA.id)
    assert piazzas(demo_slack, "credit note")  # issued once, before anything is compared
    before = tables(billing, but=KEPT_OF_REFUSALS)
    for row in ROWS.values():
        attempt = Try(Wire(demo_slack), GIULIA)
        if row.noun:
            await refused(
                demo_slack,
                attempt,
                row,
                piazzas(demo_slack, row.noun),
                "Non trovato: potrebbe essere stato spostato",
            )
        elif row.serves not in (For.EVERYBODY, For.WORKSPACE_OWNERS, For.OPERATORS):
            assert "Non fai ancora parte di nessuna proprietà" in await row.use(attempt, "")
    assert tables(billing, but=KEPT_OF_REFUSALS) == before


async def test_an_accountant_is_refused_by_every_listener_that_changes_something(
    demo_slack: Conversation,
) -> None:
    sentences = {For.ADMINS: ADMINS_ONLY, For.OWNERS: OWNERS_ONLY}
    for row in ROWS.values():
        if row.serves in sentences:
            some_id = piazzas(demo_slack, row.noun)
            await refused(demo_slack, Try(Wire(demo_slack), ANNA), row, some_id, *sentences[row.serves])


async def test_an_admin_is_refused_by_every_listener_that_is_for_owners(demo_slack: Conversation) -> None:
    for row in ROWS.values():
        if row.serves is For.OWNERS:
            some_id = piazzas(demo_slack, row.noun)
            await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, some_id, *OWNERS_ONLY)


@pytest.mark.parametrize("person", [ANNA, GIULIA], ids=["accountant", "admin"])
async def test_who_does_not_own_both_properties_is_refused_by_every_listener_that_transfers(
    demo_slack: Conversation, person: User
) -> None:
    for row in ROWS.values():
        if row.serves is For.OWNERS_OF_BOTH:
            some_id = piazzas(demo_slack, row.noun)
            sentences = (
                *OWNERS_OF_BOTH_ONLY,
                "Not found: it may have been moved",
                "Non trovato: potrebbe essere stato spostato",
            )
            await refused(demo_slack, Try(Wire(demo_slack), person), row, some_id, *sentences)


async def test_an_accountant_is_served_by_every_listener_that_only_shows(demo_slack: Conversation) -> None:
    assert piazzas(demo_slack, "credit note")  # issued once, before anybody looks
    before = tables(demo_slack.session.billing, but=(*KEPT_OF_READING, *KEPT_OF_REFUSALS))
    for key, row in ROWS.items():
        if row.serves is For.READERS:
            answer = await row.use(Try(Wire(demo_slack), ANNA), piazzas(demo_slack, row.noun))
            assert "Piazza" in answer or "AI Assist Growth" in answer, key
            assert "went wrong" not in answer, key
    assert tables(demo_slack.session.billing, but=(*KEPT_OF_READING, *KEPT_OF_REFUSALS)) == before
    # There is nothing to download of a year in which nobody had billing.
    assert refusals(demo_slack.session.billing, ANNA) == [("download.ask", "NothingInSpan")]


async def test_the_admin_of_another_property_finds_nothing_of_this_one(demo_slack: Conversation) -> None:
    arrives(demo_slack, DORA)
    give_role(demo_slack.session.billing, DORA, "Bottega", Role.ADMIN)
    for key, row in ROWS.items():
        attempt = Try(Wire(demo_slack), DORA)
        if row.noun:
            await refused(demo_slack, attempt, row, piazzas(demo_slack, row.noun), NOT_FOUND)
        elif row.serves is not For.WORKSPACE_OWNERS and row.answers:
            answer = await row.use(attempt, "")
            assert "Piazza" not in answer.replace("for example: Piazza", ""), key
            assert "AI Assist Growth" not in answer, key


@pytest.mark.parametrize(
    "forged", [INVENTED, "x", "' OR 1=1 --", "sub_" + "0" * 300, "é", "*"], ids=lambda forged: forged[:12]
)
async def test_an_id_that_nobody_gave_out_is_not_found_by_any_listener(
    demo_slack: Conversation, forged: str
) -> None:
    for row in ROWS.values():
        if row.noun:
            await refused(demo_slack, Try(Wire(demo_slack), EMMA), row, forged, NOT_FOUND)


MALFORMED = ("x", "x:y")


def refuses_what_was_spoilt(answer: str) -> None:
    assert any(sentence in answer for sentence in (OUTDATED, NOT_FOUND)), answer
    assert not [own for own in PIAZZAS_OWN if own in answer], answer


async def test_a_spoilt_button_gets_the_same_sentence_from_every_listener(demo_slack: Conversation) -> None:
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    buttons = [name for (kind, name), row in ROWS.items() if kind == "action" and row.noun]
    for value in MALFORMED:
        for name in buttons:
            attempt = Try(Wire(demo_slack), EMMA)
            answer = await attempt.press_in_modal(name, value, "x")
            refuses_what_was_spoilt(answer)
        await demo_slack.turn_clock(advance="1m")  # Slack updates a hundred modals a minute
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before


async def test_a_spoilt_form_gets_the_same_sentence_from_every_listener(demo_slack: Conversation) -> None:
    before = tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS)
    for (kind, name), row in ROWS.items():
        for metadata in ("", "{}", "[]", "null", *MALFORMED) if row.noun else ():
            attempt = Try(Wire(demo_slack), EMMA)
            if kind == "submission":
                refuses_what_was_spoilt(await attempt.submit(name, metadata))
            elif kind == "suggestion":
                refuses_what_was_spoilt(await attempt.suggest(name, metadata))
    assert tables(demo_slack.session.billing, but=KEPT_OF_REFUSALS) == before
    assert len(refusals(demo_slack.session.billing, EMMA)) >= len(
        [key for key in ROWS if key[0] == "submission"]
    )


async def test_a_form_of_any_kind_that_slack_closed_before_it_was_answered_is_answered_in_a_direct_message(
    demo_slack: Conversation,
) -> None:
    connection = demo_slack.session.server.connection
    assert connection
    assert connection._runner
    connection._runner._ack_seconds = 0  # each answer comes too late
    workspace = demo_slack.session.sandbox.workspace
    own = workspace.direct_messages(EMMA.id).id
    for (kind, name), row in ROWS.items():
        if kind == "submission":
            demo_slack.session.clock.advance(timedelta(seconds=5))  # Slack takes a message a second there
            before = sum(message.channel == own for message in workspace.messages.values())
            assert await row.use(Try(Wire(demo_slack), EMMA), piazzas(demo_slack, row.noun)) == "", name

            def told(_: object, before: int = before) -> bool:
                return sum(message.channel == own for message in workspace.messages.values()) > before

            await demo_slack.until(told)
