"""The courier: in order, at Slack's pace, again until it is told, and alive whatever happens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from slack_sdk.web.async_client import AsyncWebClient

from billing.adapters.gateways.sandbox import Behaviour
from billing.services import help, properties, subscriptions
from billing.values.actors import Role
from billing.values.documents import InvoiceDocument
from bot.outbox import TRIES_WITH_DOCUMENT, Courier
from bot.web_client import SlackClient
from tests.billing.desk import WORKSPACE, Desk
from tests.bot.conftest import FarSide, courier_of
from tests.pretend_slack import pretend_slack

pytestmark = pytest.mark.slow


def bought(desk: Desk, *add_ons: str, channel: str = "CBILLING", name: str = "Piazza") -> None:
    """A property of that channel has these and cancels them; each cancellation is one fact to tell."""
    owner = desk.owner()
    shop = desk.property_of(owner, name, channel=None)
    plans = {"ai-assist": "growth"}
    sold = [desk.subscribed(owner, shop, add_on, plans.get(add_on, "standard")) for add_on in add_ons]
    properties.announce_in(desk.billing, owner, shop.id, channel)
    for one in sold:
        subscriptions.cancel(desk.billing, owner, one.id, "Enough")


def untold(desk: Desk) -> int:
    return len(desk.rows("SELECT 1 FROM outbox WHERE told_at IS NULL"))


def no_room_for(seconds: int) -> web.Response:
    """What Slack answers to one call too many a minute."""
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
    )


@asynccontextmanager
async def at_work(courier: Courier) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(courier.run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    # What they began they end: the database that they would write to is another test's by then.
    await until(lambda: not any(one.name.startswith("documents") for one in threading.enumerate()))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  the tables say nothing by themselves
            await asyncio.sleep(0.01)


async def test_the_facts_of_one_channel_are_told_in_their_order(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding", "video-voice")
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    told = [text.partition(" cancelled ")[2].partition(" of ")[0] for text in far_side.texts()]
    assert told == ["AI Assist Growth", "Remove Branding Standard", "Video and Voice Standard"]
    assert untold(sqlite_desk) == 0


async def test_a_channel_gets_no_message_before_its_pace_allows_while_another_one_does_not_wait(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding", "video-voice")
    bought(sqlite_desk, "ai-assist", channel="COTHER", name="Bottega")
    begun = asyncio.get_running_loop().time()
    await courier_of(sqlite_desk.billing, slack, "en", pace=0.2).drain()
    assert asyncio.get_running_loop().time() - begun >= 0.4  # three messages, two pauses
    assert [call["channel"] for _, call in far_side.calls[:2]] in (
        ["CBILLING", "COTHER"],
        ["COTHER", "CBILLING"],
    )


async def test_a_refusal_that_names_a_time_is_tried_again_then_and_not_before(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding")
    far_side.plans("chat.postMessage", no_room_for(30))
    courier = courier_of(sqlite_desk.billing, slack, "it", pace=0)
    await courier.drain()
    assert len(far_side.texts()) == 1  # and the second waits for the first
    sqlite_desk.wait(timedelta(seconds=29))
    await courier.drain()
    assert len(far_side.texts()) == 1
    sqlite_desk.wait(timedelta(seconds=1))
    await courier.drain()
    assert ["AI Assist" in text for text in far_side.texts()] == [True, True, False]
    assert untold(sqlite_desk) == 0


async def test_receipts_for_which_slack_has_no_room_wait_in_line_and_lose_neither_a_try_nor_their_document(
    sqlite_desk: Desk,
) -> None:
    """Slack takes a hundred documents a minute of a workspace, and on the first of a month more are due."""
    channels = [f"C{number}" for number in range(6)]
    owner = sqlite_desk.owner()
    for channel in channels:
        sqlite_desk.subscribed(owner, sqlite_desk.property_of(owner, f"Shop {channel}", channel=channel))
    async with pretend_slack(channels, "s") as sandbox, ClientSession() as session:
        while not sandbox.limits.wait("files.getUploadURLExternal", {}):
            pass  # another app's use of it
        client = SlackClient(sandbox.workspace.app.bot_token, f"{sandbox.public_url}/api/", session)
        couriers = [courier_of(sqlite_desk.billing, client, "it", pace=0) for _ in range(2)]
        while untold(sqlite_desk):
            await asyncio.gather(*(courier.drain() for courier in couriers))
        said = [one for one in sandbox.workspace.messages.values() if one.channel in channels]
    assert sorted(one.channel for one in said if one.files) == channels
    assert {tuple(row) for row in sqlite_desk.rows("SELECT tries, last_error FROM outbox")} == {(1, None)}


async def test_documents_are_drawn_by_threads_of_their_own_and_not_by_those_for_which_people_wait(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.subscribed(owner, sqlite_desk.property_of(owner))
    far_side.usual["chat.postMessage"] = {"ts": "1.0"}
    drawn_by: list[str] = []

    def render(document: InvoiceDocument, language: str, logo: bytes | None) -> bytes:
        drawn_by.append(threading.current_thread().name)
        return sqlite_desk.billing.render(document, language, logo)

    billing = replace(sqlite_desk.billing, render=render)
    async with at_work(courier_of(billing, slack, "en", pace=0)):
        await until(lambda: bool(drawn_by))
    assert {name.partition("_")[0] for name in drawn_by} == {"documents"}


LOST = web.Response(text="<h1>down</h1>", content_type="text/html", status=502)


async def test_a_document_has_all_its_tries_however_often_its_message_was_tried_and_is_then_done_without(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    owner = sqlite_desk.owner()
    sqlite_desk.subscribed(owner, sqlite_desk.property_of(owner))
    sqlite_desk.execute("DELETE FROM outbox WHERE kind <> 'PaymentReceived'")
    away = [web.Response(text="down", status=503) for _ in range(TRIES_WITH_DOCUMENT + 2)]
    far_side.plans("chat.postMessage", *away)
    far_side.usual["chat.postMessage"] = {"ts": "1.0"}
    far_side.usual["files.getUploadURLExternal"] = {"ok": False, "error": "internal_error"}
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)

    def tried(method: str) -> int:
        return [called for called, _ in far_side.calls].count(method)

    while untold(sqlite_desk):
        await courier.drain()
        assert tried("chat.postMessage") <= TRIES_WITH_DOCUMENT + 3
        sqlite_desk.wait(timedelta(hours=1))
    assert tried("chat.postMessage") == TRIES_WITH_DOCUMENT + 3
    assert tried("files.getUploadURLExternal") == TRIES_WITH_DOCUMENT


async def who_lost_an_answer(desk: Desk, slack: AsyncWebClient, far_side: FarSide) -> Courier:
    """A courier that does not know whether its one message was posted."""
    bought(desk, "ai-assist")
    far_side.plans("chat.postMessage", LOST)
    courier = courier_of(desk.billing, slack, "en", pace=0)
    await courier.drain()
    return courier


async def test_what_may_have_been_posted_is_looked_for_page_by_page_before_it_is_posted_again(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    courier = await who_lost_an_answer(sqlite_desk, slack, far_side)
    assert "conversations.history" not in [method for method, _ in far_side.calls]
    (number,) = (row.number for row in sqlite_desk.rows("SELECT number FROM outbox WHERE told_at IS NULL"))
    others = [{"ts": "3.0", "text": "Ciao"}, {"ts": "2.0", "metadata": {"event_type": "deploy_done"}}]
    key = {"event_type": "billing_fact", "event_payload": {"number": number}}
    far_side.plans(
        "conversations.history",
        web.json_response({"ok": True, "messages": others, "response_metadata": {"next_cursor": "older"}}),
        web.json_response({"ok": True, "messages": [{"ts": "1.0", "metadata": key}]}),
    )
    sqlite_desk.wait(timedelta(minutes=2))
    await courier.drain()
    (row,) = sqlite_desk.rows("SELECT message_ref FROM outbox WHERE kind = 'SubscriptionCancelled'")
    assert row.message_ref == "1.0"
    assert len(far_side.texts()) == 1
    asked = [call for method, call in far_side.calls if method == "conversations.history"]
    assert [call.get("cursor") for call in asked] == [None, "older"]
    assert {call["include_all_metadata"] for call in asked} <= {"1", True}


@pytest.mark.parametrize(("error", "posts"), [("missing_scope", 2), ("internal_error", 1)])
async def test_where_it_may_not_be_looked_for_it_is_posted_again_and_where_it_cannot_be_now_it_waits(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide, error: str, posts: int
) -> None:
    courier = await who_lost_an_answer(sqlite_desk, slack, far_side)
    far_side.plans("conversations.history", web.json_response({"ok": False, "error": error}))
    sqlite_desk.wait(timedelta(minutes=2))
    await courier.drain()
    assert len(far_side.texts()) == posts


async def test_what_slack_has_no_room_to_be_asked_for_waits_an_hour_and_is_posted_again_then(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    """An app that is no customer's own and not in Slack's Marketplace may read one page a minute."""
    courier = await who_lost_an_answer(sqlite_desk, slack, far_side)
    for wait, posts in ((timedelta(minutes=2), 1), (timedelta(minutes=50), 1), (timedelta(minutes=10), 2)):
        far_side.plans("conversations.history", no_room_for(60))
        sqlite_desk.wait(wait)
        sqlite_desk.age_messages(wait)
        await courier.drain()
        assert (len(far_side.texts()), untold(sqlite_desk)) == (posts, 2 - posts)


@pytest.mark.parametrize("status", [200, 500, 503])
@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/html", "<h1>down</h1>"), ("text/plain", "upstream connect error"), ("application/json", "{")],
)
async def test_an_answer_that_is_not_slacks_is_a_failure_like_any_other(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide, kind: str, body: str, status: int
) -> None:
    bought(sqlite_desk, "ai-assist")
    far_side.plans("chat.postMessage", web.Response(text=body, content_type=kind, status=status))
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    await courier.drain()
    assert untold(sqlite_desk) == 1
    sqlite_desk.wait(timedelta(minutes=2))
    await courier.drain()
    assert untold(sqlite_desk) == 0


async def test_the_courier_outlives_a_database_that_was_away(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist")
    sqlite_desk.execute("ALTER TABLE outbox RENAME TO taken_away")
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    async with at_work(courier) as task:
        await asyncio.wait({task}, timeout=0.3)
        sqlite_desk.execute("ALTER TABLE taken_away RENAME TO outbox")
        assert not task.done()
        courier.wake()
        await until(lambda: untold(sqlite_desk) == 0)


async def test_one_fact_that_nobody_can_tell_does_not_stop_the_others(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist")
    sqlite_desk.execute("UPDATE outbox SET kind = 'OfALaterVersion'")
    bought(sqlite_desk, "ai-assist", channel="COTHER", name="Bottega")
    async with at_work(courier_of(sqlite_desk.billing, slack, "en", pace=0)):
        await until(lambda: len(far_side.texts()) == 1)


async def test_one_fact_that_cannot_be_put_into_words_does_not_stop_the_others(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist")
    sqlite_desk.execute("UPDATE outbox SET fact = json_set(fact, '$.event.ends_at', json('[]'))")
    bought(sqlite_desk, "ai-assist", channel="COTHER", name="Bottega")
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert len(far_side.texts()) == 1
    (error,) = [
        row.last_error for row in sqlite_desk.rows("SELECT last_error FROM outbox WHERE told_at IS NULL")
    ]
    assert error


async def test_a_channel_that_answers_slowly_keeps_no_other_waiting_nor_what_is_written_meanwhile(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", channel="CSLOW")
    bought(sqlite_desk, "ai-assist", "remove-branding", "video-voice", channel="CQUICK", name="Bottega")
    far_side.silent_channels.add("CSLOW")
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    async with at_work(courier):
        await until(lambda: untold(sqlite_desk) == 1)
        bought(sqlite_desk, "ai-assist", channel="CNEW", name="Corso")
        courier.wake()
        await until(lambda: "CNEW" in far_side.channels())
        assert far_side.channels().count("CSLOW") == 1  # it has been waiting all the time
        far_side.speak()
        await until(lambda: untold(sqlite_desk) == 0)


async def test_a_nudge_is_heard_at_once(sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide) -> None:
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    async with at_work(courier):
        bought(sqlite_desk, "ai-assist")
        courier.wake()
        await until(lambda: untold(sqlite_desk) == 0)


async def test_two_couriers_tell_each_fact_once(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding", "video-voice")
    couriers = [courier_of(sqlite_desk.billing, slack, "en", pace=0) for _ in range(2)]
    while untold(sqlite_desk):
        await asyncio.gather(*(courier.drain() for courier in couriers))
    assert len(far_side.texts()) == len(set(far_side.texts())) == 3


async def test_a_channel_that_was_not_chosen_is_told_nothing(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    owner = sqlite_desk.owner()
    shop = sqlite_desk.property_of(owner, channel=None)
    sold = sqlite_desk.subscribed(owner, shop)
    subscriptions.cancel(sqlite_desk.billing, owner, sold.id, "Enough")
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert far_side.calls == []
    assert properties.purchases(sqlite_desk.billing, owner).running[0].ends_at


async def test_a_person_is_told_in_their_own_language_and_only_once_it_is_known(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    writer = sqlite_desk.person("UWRITER")
    help.ask_support(sqlite_desk.billing, writer, "Which plan fits?", "CSUPPORT")
    far_side.plans("users.info", web.json_response({"ok": False, "error": "internal_error"}))
    far_side.usual["users.info"] = {"user": {"id": "UWRITER", "team_id": WORKSPACE, "locale": "it-IT"}}
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    await courier.drain()
    assert [text[:10] for text in far_side.texts()] == ["<@UWRITER>"]
    assert untold(sqlite_desk) == 1
    sqlite_desk.wait(timedelta(minutes=2))
    await courier.drain()
    posted = [call for method, call in far_side.calls if method == "chat.postMessage"]
    assert [call["channel"] for call in posted] == ["CSUPPORT", "UWRITER"]
    assert posted[1]["text"].startswith("L’assistenza ha ricevuto il tuo messaggio")
    assert untold(sqlite_desk) == 0


@pytest.mark.parametrize("turns", range(4))
async def test_told_to_stop_in_the_moment_in_which_something_comes_it_stops(
    sqlite_desk: Desk, slack: AsyncWebClient, turns: int
) -> None:
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    async with at_work(courier) as task:
        await until(lambda: bool(courier._woken._waiters))  # it has nothing to do
        courier.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=2)
        assert done


def info(**marks: object) -> web.Response:
    """What conversations.info says of a channel."""
    return web.json_response({"ok": True, "channel": {"id": "CBILLING", "is_member": True, **marks}})


def problems(desk: Desk) -> list[tuple[str, str]]:
    return [(row.channel, row.problem) for row in desk.rows("SELECT channel, problem FROM unusable_channels")]


def posted_in(far_side: FarSide, channel: str) -> list[str]:
    return [
        call["text"]
        for method, call in far_side.calls
        if method == "chat.postMessage" and call["channel"] == channel
    ]


@pytest.mark.parametrize(
    ("marks", "problem"),
    [
        ({"is_ext_shared": True}, "shared"),
        ({"is_pending_ext_shared": True}, "shared"),
        ({"is_archived": True}, "archived"),
        ({"is_member": False}, "not_in_it"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else None,
)
async def test_nothing_is_posted_where_strangers_read_or_nobody_can_and_the_owner_is_told(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide, marks: dict[str, bool], problem: str
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding")
    far_side.usual["users.info"] = {"user": {"id": "UOWNER", "team_id": WORKSPACE, "locale": "en-GB"}}
    far_side.plans("conversations.info", info(**marks))
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    await courier.drain()
    assert posted_in(far_side, "CBILLING") == []
    (told,) = posted_in(far_side, "UOWNER")
    assert told.startswith("Announcements for Piazza are on hold.")
    assert problems(sqlite_desk) == [("CBILLING", problem)]
    sqlite_desk.wait(timedelta(hours=1))
    await courier.drain()  # all is well again
    assert len(posted_in(far_side, "CBILLING")) == 2
    assert (untold(sqlite_desk), problems(sqlite_desk)) == (0, [])
    assert len(posted_in(far_side, "UOWNER")) == 1


@pytest.mark.parametrize(
    ("method", "error", "problem"),
    [
        ("chat.postMessage", "not_in_channel", "not_in_it"),
        ("chat.postMessage", "is_archived", "archived"),
        ("chat.postMessage", "restricted_action", "restricted"),
        ("chat.postMessage", "restricted_action_read_only_channel", "restricted"),
        ("chat.postMessage", "restricted_action_thread_only_channel", "restricted"),
        ("conversations.info", "channel_not_found", "not_found"),
    ],
)
async def test_what_slack_will_never_take_is_told_to_the_owner_once_however_often_it_is_tried(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide, method: str, error: str, problem: str
) -> None:
    bought(sqlite_desk, "ai-assist")
    far_side.usual["users.info"] = {"user": {"id": "UOWNER", "team_id": WORKSPACE, "locale": "en-GB"}}
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    for _ in range(3):
        far_side.plans(method, web.json_response({"ok": False, "error": error}))
        await courier.drain()
        sqlite_desk.wait(timedelta(hours=1))
    assert problems(sqlite_desk) == [("CBILLING", problem)]
    assert len(posted_in(far_side, "UOWNER")) == 1
    assert untold(sqlite_desk) == 1


async def test_what_waits_in_an_archived_channel_that_its_property_left_is_told_in_its_own_at_once(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist")
    sqlite_desk.execute("UPDATE properties SET billing_channel = 'CNEW'")
    far_side.plans("conversations.info", info(is_archived=True))
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert far_side.channels() == ["CNEW"]
    assert untold(sqlite_desk) == 0


async def test_where_slack_does_not_say_who_reads_the_channel_nothing_is_posted_and_nobody_alarmed(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist")
    far_side.plans("conversations.info", web.json_response({"ok": False, "error": "missing_scope"}))
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    await courier.drain()
    assert far_side.texts() == []
    assert problems(sqlite_desk) == []
    sqlite_desk.wait(timedelta(minutes=2))
    await courier.drain()
    assert len(posted_in(far_side, "CBILLING")) == 1


async def test_a_channel_is_asked_for_once_while_it_is_told_one_thing_after_the_other(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    bought(sqlite_desk, "ai-assist", "remove-branding", "video-voice")
    courier = courier_of(sqlite_desk.billing, slack, "en", pace=0)
    await courier.drain()
    assert [method for method, _ in far_side.calls].count("conversations.info") == 1
    bought(sqlite_desk, "ai-assist", name="Bottega")
    far_side.plans("conversations.info", info(is_ext_shared=True))
    await courier.drain()  # another time it may be another matter
    assert len(posted_in(far_side, "CBILLING")) == 3


async def test_a_person_who_cannot_be_written_to_is_no_trouble_of_a_channel(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    help.ask_support(sqlite_desk.billing, sqlite_desk.person("UWRITER"), "Which plan fits?", "CSUPPORT")
    sqlite_desk.execute("DELETE FROM outbox WHERE kind = 'SupportAsked'")
    far_side.usual["users.info"] = {"user": {"id": "UWRITER", "team_id": WORKSPACE}}
    far_side.plans("chat.postMessage", web.json_response({"ok": False, "error": "channel_not_found"}))
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert problems(sqlite_desk) == []
    assert untold(sqlite_desk) == 1


async def test_a_message_to_the_support_is_not_posted_where_strangers_read(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    help.ask_support(sqlite_desk.billing, sqlite_desk.person("UWRITER"), "Which plan fits?", "CSUPPORT")
    far_side.usual["users.info"] = {"user": {"id": "UWRITER", "team_id": WORKSPACE}}
    far_side.plans("conversations.info", info(is_ext_shared=True))
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert posted_in(far_side, "CSUPPORT") == []
    assert problems(sqlite_desk) == [("CSUPPORT", "shared")]


async def test_who_left_unseen_is_written_no_message_and_the_others_are_told_in_their_place(
    sqlite_desk: Desk, slack: AsyncWebClient, far_side: FarSide
) -> None:
    owner = sqlite_desk.owner()
    piazza = sqlite_desk.property_of(owner, channel=None)
    payer = sqlite_desk.member(owner, piazza, "UPAYER", Role.ADMIN)
    plan = sqlite_desk.buy(payer, piazza)
    sqlite_desk.gateway.expect("tok_visa", Behaviour.DECLINES)
    sqlite_desk.turn_to(plan.period_end_at)
    gone = {"id": "UPAYER", "team_id": WORKSPACE, "deleted": True, "profile": {"real_name": "P"}}
    far_side.plans("users.info", web.json_response({"ok": True, "user": gone}))
    far_side.usual["users.info"] = {"user": {"id": "UOWNER", "team_id": WORKSPACE, "locale": "en-GB"}}
    await courier_of(sqlite_desk.billing, slack, "en", pace=0).drain()
    assert far_side.channels() == ["UOWNER", "UOWNER"]
    assert ["is the Billing Admin of" in text for text in far_side.texts()] == [True, False]
    assert "failed: insufficient funds" in far_side.texts()[-1]
    assert untold(sqlite_desk) == 0
