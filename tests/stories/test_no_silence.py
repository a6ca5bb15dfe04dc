"""Slack takes no answer where somebody waits for it: they read a sentence elsewhere, in a direct message at last."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from sandbox.demo import ANNA, BILLING_CHANNEL, EMMA, GIULIA
from sandbox.people import User
from tests.stories.conversation import Conversation, Person, Seen, buttons, text_of
from tests.stories.records import rows
from tests.stories.test_slack_and_database_in_trouble import failed_once, told_all
from tests.stories.test_unusable_channels import changes, receives

Act = Callable[[Person], Awaitable[None]]
Said = Mapping[str, str]

CARD = {"en": "Purchases and invoices", "it": "Acquisti e fatture"}
TOO_LATE = {
    "en": "That took too long, so Slack didn't open the form. Nothing was changed or charged.",
    "it": "Ci è voluto troppo tempo e Slack non ha aperto il modulo. Non è stato modificato né addebitato nulla.",
}
NOT_TAKEN = {"en": "Slack didn't accept the answer.", "it": "Slack non ha accettato la risposta."}
STRANGER = {
    "en": "Guests and people from other workspaces can't use this app.",
    "it": "Gli ospiti e le persone di altre aree di lavoro non possono usare questa app.",
}


async def asks_for_the_page(emma: Person) -> None:
    await emma.types("/billing")


async def asks_for_a_form(emma: Person) -> None:
    await emma.types("/billing members")


async def chooses_the_shortcut(emma: Person) -> None:
    await emma.conversation.post("shortcut", user=emma.user.id, callback_id="home.open")


async def opens_home(emma: Person) -> None:
    await emma.conversation.post("open-home", user=emma.user.id)


async def presses_in_home(emma: Person) -> None:
    home = await emma.opens_home("AI Assist Growth")
    await emma.presses(home, "subscription.cancel", buttons(home, "subscription.cancel")[0])


async def presses_in_a_form(emma: Person) -> None:
    shown = await emma.opens("/billing members", "Giulia")
    await emma.presses(shown, "member.add")


async def writes_to_the_app(emma: Person) -> None:
    own = emma.conversation.session.sandbox.workspace.direct_messages(emma.user.id)
    await emma.conversation.post("say", user=emma.user.id, channel=own.id, text="hello")


async def in_private(slack: Conversation, words: str) -> None:
    await receives(slack, EMMA, words)


async def where_it_was_typed(slack: Conversation, words: str) -> None:
    await slack.as_person(EMMA).reads(words)


async def in_home(slack: Conversation, words: str) -> None:
    await slack.as_person(EMMA).sees_home(words)


@dataclass(frozen=True)
class Silence:
    """What somebody does, how Slack does not let it be answered, and where they read what."""

    does: Act
    method: str
    kind: str
    told: Callable[[Conversation, str], Awaitable[None]]
    said: Said
    times: int = 1


SILENCES = {
    "a shortcut whose trigger is over": Silence(
        chooses_the_shortcut, "views.open", "expired_trigger_id", in_private, CARD
    ),
    "a button in Home whose trigger is over": Silence(
        presses_in_home, "views.open", "expired_trigger_id", in_private, TOO_LATE, 2
    ),
    "a command whose trigger is over": Silence(
        asks_for_a_form, "views.open", "expired_trigger_id", where_it_was_typed, TOO_LATE
    ),
    "an answer too many": Silence(asks_for_the_page, "response_url", "used_url", in_private, CARD),
    "an answer too late": Silence(asks_for_the_page, "response_url", "expired_url", in_private, CARD),
    "an address that does not answer": Silence(
        asks_for_the_page, "response_url", "timeout", in_private, CARD
    ),
    "a form that has changed": Silence(
        presses_in_a_form, "views.update", "hash_conflict", in_private, NOT_TAKEN, 2
    ),
    "a Home that is switched off": Silence(
        opens_home, "views.publish", "not_enabled", in_private, NOT_TAKEN, 2
    ),
    "a command of somebody whom Slack does not have": Silence(
        asks_for_the_page, "users.info", "user_not_found", where_it_was_typed, STRANGER
    ),
    "a look at Home of somebody whom Slack does not have": Silence(
        opens_home, "users.info", "user_not_found", in_home, STRANGER
    ),
    "a message of somebody whom Slack does not have": Silence(
        writes_to_the_app, "users.info", "user_not_found", in_private, STRANGER
    ),
}


@pytest.mark.parametrize("silence", SILENCES.values(), ids=list(SILENCES))
@pytest.mark.parametrize("slack", ["en-GB", "it-IT"], indirect=True)
async def test_whoever_cannot_be_answered_in_their_place_reads_it_in_another(
    slack: Conversation, silence: Silence
) -> None:
    slack.session.sandbox.workspace.users[EMMA.id].locale = "en-GB" if slack.language == "en" else "it-IT"
    await slack.slack_fails(silence.method, silence.kind, silence.times)
    await silence.does(slack.as_person(EMMA))
    await silence.told(slack, silence.said[slack.language])


async def test_two_fast_clicks_in_a_form_are_both_answered_in_it(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    shown = await emma.opens("/billing members", "Giulia")
    await asyncio.gather(*(emma.presses(shown, "member.add") for _ in range(2)))
    await emma.sees_modal("Add member", other_than=None)
    await demo_slack.delivered("views.update", 2)
    assert not (await emma.private_answers())[:-1]
    assert await _written_to(demo_slack, EMMA.id) == []


async def test_what_was_done_is_told_although_home_is_switched_off(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await demo_slack.slack_fails("views.publish", "not_enabled", times=20)
    await emma.submits(await emma.opens("/billing cancel ai", "AI Assist Growth"), kind="not_used")
    await emma.submits(await emma.sees_modal("Yes, cancel subscription"))
    await emma.sees_modal("is cancelled")
    told = await demo_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await demo_slack.as_person(GIULIA).presses(told, "subscription.undo_cancellation")
    await demo_slack.as_person(GIULIA).reads("continua a 29,00")
    await demo_slack.until_announced("undid the cancellation")
    said = text_of([m for m in (await demo_slack.state())["messages"] if m["ephemeral_to"]])
    assert NOT_TAKEN["it"] not in said


@pytest.mark.parametrize(
    ("person", "opened", "yes", "told"),
    [
        (
            EMMA,
            "/billing renew video",
            "Yes, renew",
            "You closed the form before it was done. Nothing was charged.",
        ),
        (GIULIA, "/billing rinnova video", "Sì, rinnova", "Hai chiuso il modulo prima della fine."),
    ],
    ids=["en", "it"],
)
async def test_who_closed_the_form_while_its_price_changed_is_told_that_nothing_was_charged(
    demo_slack: Conversation, person: User, opened: str, yes: str, told: str
) -> None:
    who, paid = demo_slack.as_person(person), "SELECT COUNT(*) FROM payments"
    question = await who.opens(opened, yes)
    before = rows(demo_slack.session.billing, paid)
    with demo_slack.session.billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE prices SET minor = 3900 WHERE add_on_id = 'video-voice'")
    await demo_slack.slack_fails("views.update", "not_found", times=9)
    await who.submits(question)
    await receives(demo_slack, person, told)
    assert rows(demo_slack.session.billing, paid) == before


async def test_who_closed_the_form_is_told_nothing_of_its_next_page(demo_slack: Conversation) -> None:
    emma = demo_slack.as_person(EMMA)
    await demo_slack.slack_fails("views.update", "not_found")
    await presses_in_a_form(emma)
    await demo_slack.delivered("views.update", 1)
    await emma.types("/billing help")
    await emma.reads("Commands")
    assert await _written_to(demo_slack, EMMA.id) == []


async def test_an_owner_who_left_unseen_is_asked_for_and_the_others_are_told(
    demo_slack: Conversation,
) -> None:
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing help")
    await emma.reads("Commands")
    demo_slack.may_fail |= {"chat.postMessage", "conversations.open"}
    assert (await demo_slack.post("user", user=EMMA.id, deleted=True, unseen=True))["ok"]
    await changes(demo_slack, BILLING_CHANNEL, by=GIULIA, app=False)
    await failed_once(demo_slack)
    await demo_slack.turn_clock(advance="1m")
    await told_all(demo_slack, EMMA.id)
    tried = "SELECT last_error FROM outbox WHERE address = :emma"
    assert {error for (error,) in rows(demo_slack.session.billing, tried, emma=EMMA.id)} == {
        "the person left"
    }
    await receives(demo_slack, GIULIA, f"<@{EMMA.id}>")


@pytest.mark.parametrize(
    ("locale", "tried", "told"),
    [
        (
            "en-GB",
            "/billing cancel ai",
            "No owner of this property can be reached in Slack, so no one was asked.",
        ),
        ("it-IT", "/billing annulla ai", "la richiesta non è stata inviata a nessuno"),
    ],
)
async def test_who_asks_for_access_where_no_owner_is_left_is_told_so_each_time(
    demo_slack: Conversation, locale: str, tried: str, told: str
) -> None:
    demo_slack.session.sandbox.workspace.users[ANNA.id].locale = locale
    anna = demo_slack.as_person(ANNA)
    await anna.types(tried)
    refused = await anna.reads("member.ask_for_role")
    await demo_slack.post("user", user=EMMA.id, deleted=True)
    gone = "SELECT 1 FROM persons WHERE user_id = :emma AND deactivated_at IS NOT NULL"
    await demo_slack.becomes(lambda: rows(demo_slack.session.billing, gone, emma=EMMA.id))
    for _ in range(2):
        seen = await anna.private_answers()
        await anna.presses(refused, "member.ask_for_role")
        assert told in await anna.is_answered(beyond=seen)


async def _written_to(slack: Conversation, user_id: str) -> list[Seen]:
    own = slack.session.sandbox.workspace.direct_messages(user_id).id
    return [m for m in (await slack.state())["messages"] if m["channel"] == own]
