"""The bot's side of Socket Mode: a wrong token is told at once; what was heard is answered before it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.meters import Meters
from bot.socket_mode import Dispatch, Socket
from tests.sandbox.workbench import Slack, pretend_slack

COMMAND = {"user": "U1", "channel": "C1", "command": "/billing", "text": ""}


@asynccontextmanager
async def a_socket(dispatch: Dispatch, token: str = "xapp-sandbox") -> AsyncIterator[tuple[Slack, Socket]]:
    async with pretend_slack(socket_mode=True) as slack, ClientSession() as http:
        web = AsyncWebClient("xoxb-sandbox", base_url=f"{slack.url}/api/", session=http)
        socket = Socket(web, token, dispatch, Meters.make())
        try:
            yield slack, socket
        finally:
            await socket.close()


async def answers(_: AsyncBoltRequest) -> BoltResponse:
    return BoltResponse(status=200, body="Answered")


async def test_what_was_heard_is_answered_and_nothing_more_is_heard_once_it_finishes() -> None:
    heard, may_answer = asyncio.Event(), asyncio.Event()

    async def dispatch(asked: AsyncBoltRequest) -> BoltResponse:
        heard.set()
        await may_answer.wait()
        return await answers(asked)

    async with a_socket(dispatch) as (slack, socket):
        await socket.open()
        typed = asyncio.create_task(slack.control("command", **COMMAND))
        await heard.wait()
        finishing = asyncio.create_task(socket.finish(5))
        await asyncio.sleep(0)
        assert not finishing.done()
        may_answer.set()
        await finishing
        assert (await typed)["ok"]
        assert [m["text"] for m in (await slack.look("state"))["messages"]] == ["Answered"]
        assert await socket.is_open()
        await socket.close()
        assert not await socket.is_open()
        assert (await slack.control("command", **COMMAND))["error"] == "dispatch_failed"


async def test_a_token_that_slack_does_not_take_is_told_at_once() -> None:
    async with a_socket(answers, token="xapp-other") as (_, socket):
        with pytest.raises(SlackApiError, match="invalid_auth"):
            await socket.open()
