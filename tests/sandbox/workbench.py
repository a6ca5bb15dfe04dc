"""A pretend Slack and a ten-line bot on real sockets, and short ways to use them from a test."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.clock import TurnableClock, Upcoming
from sandbox.server import Sandbox
from sandbox.serving import serving
from sandbox.workspace import App, Channel, Team, User, Usergroup, Workspace

SECRET = "a signing secret"
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
MANIFEST = {
    "display_information": {"name": "Billing desk", "description": "Subscriptions and invoices."},
    "features": {
        "bot_user": {"display_name": "Billing desk"},
        "shortcuts": [
            {"name": "Purchases and invoices", "type": "global", "callback_id": "home.open"},
            {"name": "About this message", "type": "message", "callback_id": "message.about"},
        ],
        "slash_commands": [{"command": "/billing", "description": "Purchases and invoices"}],
    },
    "oauth_config": {
        "scopes": {
            "bot": ["chat:write", "commands", "files:write", "im:write", "users:read", "users:read.email"]
        }
    },
    "settings": {
        "interactivity": {"is_enabled": True, "message_menu_options_url": "https://bot.example/slack/events"},
        "event_subscriptions": {"bot_events": ["app_home_opened", "app_mention", "user_change"]},
    },
}


@dataclass
class Bot:
    """Plays the app: keeps what it is sent, and answers each kind of delivery as it is told."""

    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    replies: dict[str, Any] = field(default_factory=dict)
    arrived: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        self.received.append((dict(request.headers), body))
        payload = read(body)
        self.arrived.put_nowait(payload)
        reply = self.replies.get(payload.get("type", "command"), "")
        status, said = reply if isinstance(reply, tuple) else (200, reply)
        if isinstance(said, asyncio.Event):
            await said.wait()
            said = ""
        return PlainTextResponse(said if isinstance(said, str) else json.dumps(said), status)

    def last(self) -> dict[str, Any]:
        return read(self.received[-1][1])


def read(body: bytes) -> dict[str, Any]:
    """The payload of a delivery."""
    text = body.decode()
    if text.startswith("{"):
        return dict(json.loads(text))
    fields = dict(parse_qsl(text, keep_blank_values=True))
    return dict(json.loads(fields["payload"])) if "payload" in fields else fields


@dataclass
class Slack:
    """The pretend Slack as a test uses it."""

    url: str
    sandbox: Sandbox
    workspace: Workspace
    bot: Bot
    http: ClientSession
    turned: list[datetime]
    upcoming: list[Upcoming]

    async def control(self, gesture: str, **given: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/_control/{gesture}", json=given) as response:
            return {"http": response.status, **await response.json()}

    async def look(self, what: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/_control/{what}") as response:
            return dict(await response.json())

    async def api(self, method: str, token: str = "xoxb-sandbox", **args: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"}
        async with self.http.post(f"{self.url}/api/{method}", json=args, headers=headers) as response:
            return {"http": response.status, **await response.json()}

    async def respond(self, url: str, **body: Any) -> tuple[int, str]:
        async with self.http.post(url, json=body) as response:
            return response.status, await response.text()

    async def trigger(self) -> str:
        """A trigger_id, as the bot gets it with a command."""
        await self.control("command", user="U1", channel="C1", command="/billing", text="")
        return str(self.bot.last()["trigger_id"])

    async def open_modal(self, **about: Any) -> dict[str, Any]:
        """A modal before U1."""
        answer = await self.api("views.open", trigger_id=await self.trigger(), view=modal(**about))
        assert answer["ok"], answer
        return dict(answer["view"])

    async def push_modal(self, **about: Any) -> dict[str, Any]:
        """One more modal on top, after a click in the one that is there; the API's answer."""
        top = self.workspace.views.top("U1")
        assert top is not None
        clicked = await self.control("action", user="U1", view_id=top["id"], action_id="more")
        assert clicked["ok"], clicked
        trigger_id = self.bot.last()["trigger_id"]
        return await self.api("views.push", trigger_id=trigger_id, view=modal(**about))


def plain(text: str) -> dict[str, Any]:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def modal(*blocks: dict[str, Any], **about: Any) -> dict[str, Any]:
    """A modal with a button and a required field."""
    button = {"type": "button", "text": plain("More"), "action_id": "more", "value": "1"}
    reason = {"type": "plain_text_input", "action_id": "text", "min_length": 3}
    usual = [
        {"type": "actions", "block_id": "buttons", "elements": [button]},
        {"type": "input", "block_id": "reason", "label": plain("Reason"), "element": reason},
    ]
    view = {"type": "modal", "title": plain("Cancel"), "submit": plain("Cancel it")}
    return view | {"blocks": [*blocks] or usual} | about


def home(text: str) -> dict[str, Any]:
    """A Home with one sentence."""
    return {"type": "home", "blocks": [{"type": "section", "text": plain(text)}]}


def workspace(*, socket_mode: bool = False, scopes: str = "") -> Workspace:
    """Two people and three channels; the app is in `billing` only."""
    app = replace(App.from_manifest(MANIFEST), socket_mode=socket_mode)
    if scopes:
        app = replace(app, scopes=tuple(scopes.split()))
    users = [
        User("U1", "giulia", "Giulia Rossi", email="giulia@example.com", locale="it-IT", is_owner=True),
        User("U2", "marco", "Marco Bianchi"),
    ]
    channels = [
        Channel("C1", "billing", members=["U1", "U2", app.bot_user_id]),
        Channel("C2", "random", members=["U1", "U2"]),
        Channel("C3", "board", is_private=True, members=["U1", app.bot_user_id]),
    ]
    return Workspace(Team(), app, users, channels, [Usergroup("S1", "finance", "Finance", ("U1",))])


@asynccontextmanager
async def served(*apps: Any) -> AsyncIterator[list[str]]:
    """The apps, each on a free port: their URLs."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(serving(app, 0)) for app in apps]


@asynccontextmanager
async def pretend_slack(
    *, socket_mode: bool = False, scopes: str = "", **limits: Any
) -> AsyncIterator[Slack]:
    """A pretend Slack with its bot; `limits` are the Sandbox's own, shortened for a test."""
    bot, people, clock = Bot(), workspace(socket_mode=socket_mode, scopes=scopes), TurnableClock(START)

    async def turned() -> None:
        slack.turned.append(clock())

    async def upcoming() -> Sequence[Upcoming]:
        return slack.upcoming

    sandbox = Sandbox(
        people,
        events_url="",
        signing_secret=SECRET,
        clock=clock,
        turned=turned,
        upcoming=upcoming,
        public_url="",
        **limits,
    )
    hearing = Starlette(routes=[Route("/slack/events", bot.handle, methods=["POST"])])
    async with served(hearing, sandbox.app) as (bot_url, url), ClientSession() as http:
        sandbox.events_url, sandbox.public_url = f"{bot_url}/slack/events", url
        slack = Slack(url, sandbox, people, bot, http, [], [])
        try:
            yield slack
        finally:
            sandbox.close_streams()
