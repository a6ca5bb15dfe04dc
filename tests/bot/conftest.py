"""What the bot's tests may ask for: a seeded desk, and a small far side of the wire that answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from billing import Billing
from bot.context import Desk
from bot.homes import Homes
from bot.outbox import Courier
from bot.people import People
from bot.settings import BotSettings, Support
from tests.billing.desk import WORKSPACE


@dataclass
class FarSide:
    """Slack's Web API as far as these tests need it: each method answers what was planned, or its usual answer."""

    url: str = ""
    planned: dict[str, list[web.Response]] = field(default_factory=dict)
    usual: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"conversations.open": {"channel": {"id": "DPERSON"}}}
    )
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    # Whoever posts there, or calls these, gets no answer before `speak`.
    silent_channels: set[str] = field(default_factory=set)
    silent_methods: set[str] = field(default_factory=set)
    spoken: asyncio.Event = field(default_factory=asyncio.Event)

    def knows_the_bot(self, **about: Any) -> BotSettings:
        """The token is good in the tests' workspace, of which Slack says this too; the settings to come with."""
        who = {"team_id": WORKSPACE, "team": "Esempio", "user_id": "U0", "bot_id": "B0"}
        self.usual["auth.test"] = who | about
        self.usual["team.info"] = {"team": {"id": WORKSPACE, "name": "Esempio", "locale": "it-IT"}}
        return BotSettings(
            slack_bot_token=SecretStr("xoxb-test"),
            slack_signing_secret=SecretStr("s"),
            slack_api_url=self.url,
        )

    def plans(self, method: str, *answers: web.Response) -> None:
        self.planned.setdefault(method, []).extend(answers)

    def texts(self) -> list[str]:
        """What was posted, told or not."""
        return [call["text"] for method, call in self.calls if method == "chat.postMessage"]

    def channels(self) -> list[str]:
        """Where something was posted, told or not."""
        return [call["channel"] for method, call in self.calls if method == "chat.postMessage"]

    def speak(self) -> None:
        self.silent_channels.clear()
        self.spoken.set()

    async def answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = (
            await request.json()
            if request.content_type == "application/json" and await request.text()
            else dict(await request.post())
        )
        asked = {**request.query, **body}
        self.calls.append((method, asked))
        is_silent = method == "chat.postMessage" and asked.get("channel") in self.silent_channels
        if is_silent or method in self.silent_methods:
            await self.spoken.wait()
        if planned := self.planned.get(method):
            return planned.pop(0)
        return web.json_response({"ok": True, **self.usual.get(method, {})})


@pytest.fixture
async def far_side() -> AsyncIterator[FarSide]:
    side = FarSide()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", side.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    side.url = f"http://{host}:{port}/api/"
    yield side
    await runner.cleanup()


@pytest.fixture
async def slack(far_side: FarSide) -> AsyncIterator[AsyncWebClient]:
    async with ClientSession(timeout=ClientTimeout(total=2.5)) as session:
        yield AsyncWebClient("xoxb-test", base_url=far_side.url, session=session, retry_handlers=[])


def courier_of(billing: Billing, slack: AsyncWebClient, language: str, pace: float) -> Courier:
    """A courier whose desks all speak with that token, in workspaces of that language."""
    people = People(billing, slack)

    async def desk_of(workspace_id: str) -> Desk:
        homes = Homes(billing, slack, people, pace)
        return Desk(
            billing, slack, people, workspace_id, language, wake=courier.wake, support=Support(), homes=homes
        )

    courier = Courier(billing, desk_of, pace)
    return courier
