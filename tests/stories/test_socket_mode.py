"""The same conversation over Socket Mode: nothing of it needs a public address."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from billing import Billing
from sandbox.clock import TurnableClock
from sandbox.demo import EMMA, GIULIA
from tests.stories.conversation import Conversation, text_of


@pytest.fixture
async def socket_slack(desk_of_demo: tuple[Billing, TurnableClock]) -> AsyncIterator[Conversation]:
    async with Conversation.in_demo(*desk_of_demo, locale="en-GB", slack_mode="socket") as slack:
        yield slack
    assert not slack.failures()


async def test_an_owner_cancels_over_socket_mode_and_goes_on_after_the_connection_was_made_anew(
    socket_slack: Conversation,
) -> None:
    emma, giulia = socket_slack.as_person(EMMA), socket_slack.as_person(GIULIA)
    form = await emma.opens("/billing cancel ai", "AI Assist Growth")
    refused = await emma.submits(form, kind="other", reason="4242 4242 4242 4242")
    assert refused["outcome"] == "errors"
    assert (await emma.submits(form, kind="not_used", reason=""))["outcome"] == "updated"
    question = await emma.sees_modal("Yes, cancel subscription")
    assert (await socket_slack.post("refresh-sockets"))["connections"] == 1
    assert (await emma.submits(question))["outcome"] == "updated"
    told = await socket_slack.until_announced("cancelled AI Assist Growth of Piazza")
    await giulia.presses(told, "subscription.undo_cancellation")
    await socket_slack.until_announced("undid the cancellation of AI Assist Growth")
    assert "AI Assist Growth" in text_of(await emma.opens_home("Next charge"))


async def test_the_bot_still_answers_its_own_routes_but_takes_no_commands_by_http(
    socket_slack: Conversation,
) -> None:
    bot = socket_slack.session.sandbox.events_url.removesuffix("/slack/events")
    emma = socket_slack.as_person(EMMA)
    await emma.types("/billing help")
    await emma.reads("/billing")
    async with ClientSession(bot) as http:
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/slack/events", 404)):
            async with http.get(path) as answer:
                assert answer.status == status
        async with http.get("/metrics") as answer:
            assert 'slack_requests_total{status="200"} 1.0' in await answer.text()
