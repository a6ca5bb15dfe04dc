"""Any Bolt app can be pointed at the pretend Slack: this one is ten lines long and knows nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.__main__ import arguments
from sandbox.any_app import running_sandbox
from sandbox.app import App
from sandbox.demo import EMMA
from sandbox.server import Sandbox
from tests.sandbox.workbench import read, served

MANIFEST = """
display_information:
  name: Greeter
features:
  bot_user: {display_name: Greeter}
  slash_commands: [{command: /greet, description: Greets, url: https://greeter.example.com}]
  shortcuts: [{name: Greet back, type: message, callback_id: greet_back, description: Greets}]
oauth_config:
  scopes: {bot: [app_mentions:read, channels:history, chat:write, commands]}
settings:
  event_subscriptions: {bot_events: [app_mention, message.channels]}
"""
SECRET = "greeters secret"
HERE = {"user": EMMA.id, "channel": "C0GENERAL01"}


def greeter(api_url: str) -> AsyncApp:
    app = AsyncApp(client=AsyncWebClient("xoxb-sandbox", base_url=api_url), signing_secret=SECRET)
    button = {"type": "button", "text": {"type": "plain_text", "text": "Again"}, "action_id": "again"}

    @app.command("/greet")
    async def greet(ack: Any, say: Any, command: dict[str, str]) -> None:
        await ack(f"Greeting {command['text']}")
        await say(text=f"Hello, {command['text']}!", blocks=[{"type": "actions", "elements": [button]}])

    @app.action("again")
    async def again(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Hello again!")

    @app.event("app_mention")
    async def mentioned(say: Any, event: dict[str, str]) -> None:
        await say(f"You called, <@{event['user']}>?", thread_ts=event["ts"])

    @app.message("good morning")
    async def morning(say: Any) -> None:
        await say("Good morning, all")

    @app.shortcut("greet_back")
    async def greet_back(ack: Any, shortcut: dict[str, Any], say: Any) -> None:
        await ack()
        await say(f"{shortcut['message']['text']} yourself")

    return app


@asynccontextmanager
async def by_http(app: App) -> AsyncIterator[Sandbox]:
    handler: list[AsyncSlackRequestHandler] = []

    async def handle(request: Request) -> Response:
        return await handler[0].handle(request)

    listening = Starlette(routes=[Route("/slack/events", handle, methods=["POST"])])
    async with (
        served(listening) as (url,),
        running_sandbox(app, f"{url}/slack/events", SECRET) as sandbox,
    ):
        handler.append(AsyncSlackRequestHandler(greeter(f"{sandbox.public_url}/api/")))
        yield sandbox


@asynccontextmanager
async def by_socket_mode(app: App) -> AsyncIterator[Sandbox]:
    async with running_sandbox(app, None, SECRET) as sandbox:
        handler = AsyncSocketModeHandler(greeter(f"{sandbox.public_url}/api/"), "xapp-sandbox")
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
        try:
            yield sandbox
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]  # as above


@pytest.mark.parametrize("way", [by_http, by_socket_mode])
async def test_a_stranger_is_at_home_here(way: Callable[..., Any]) -> None:
    async with (
        way(App.from_manifest(yaml.safe_load(MANIFEST))) as sandbox,
        ClientSession(f"{sandbox.public_url}/_control/") as http,
    ):

        async def does(gesture: str, **given: Any) -> dict[str, Any]:
            async with http.post(gesture, json={**HERE, **given}) as response:
                answer: dict[str, Any] = await response.json()
            assert answer["ok"], answer
            return answer

        await does("command", command="/greet", text="Emma")
        await until_said(sandbox, "Greeting Emma")
        greeting = await until_said(sandbox, "Hello, Emma!")
        await does("action", message_ts=greeting, action_id="again")
        await until_said(sandbox, "Hello again!")
        await does("say", text=f"<@{sandbox.workspace.app.bot_user_id}> are you there?")
        await until_said(sandbox, f"You called, <@{EMMA.id}>?")
        said = await does("say", text="good morning everybody")
        await until_said(sandbox, "Good morning, all")
        await does("shortcut", callback_id="greet_back", message_ts=said["ts"])
        await until_said(sandbox, "good morning everybody yourself")


async def until_said(sandbox: Sandbox, text: str) -> str:
    """The id of the message with that text, once it is there."""
    changes = sandbox.workspace.stream.events()
    await anext(changes)
    while not (found := [one.ts for one in sandbox.workspace.messages.values() if one.text == text]):
        await anext(changes)
    await changes.aclose()
    return found[0]


def test_the_command_line_says_which_app_it_is_and_how_it_is_reached(tmp_path: Path) -> None:
    file, url = tmp_path / "greeter.yaml", "http://127.0.0.1:3000/slack/events"
    file.write_text(MANIFEST, encoding="utf-8")
    for option in ("--url", "--request-url"):
        asked = arguments(["--manifest", str(file), option, url])
        (app,) = asked.manifest
        assert (app.name, asked.request_url, asked.signing_secret) == ("Greeter", [url], "sandbox")
    assert arguments([]).manifest == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--url", "http://127.0.0.1:3000/"], "--url needs the app's --manifest"),
        (["--manifest", "nowhere.yaml"], "no manifest in nowhere.yaml"),
        (["--manifest", __file__], "no manifest in"),
    ],
)
def test_what_is_no_app_is_said(given: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(given)
    assert words in capsys.readouterr().err


async def test_several_apps_share_a_workspace() -> None:
    heard: dict[str, list[Any]] = {"first": [], "second": []}

    def listener(name: str) -> Starlette:
        async def handle(request: Request) -> Response:
            heard[name].append(read(await request.body()))
            return Response("")

        return Starlette(routes=[Route("/", handle, methods=["POST"])])

    described = yaml.safe_load(MANIFEST)
    second = App.from_manifest(
        described
        | {
            "display_information": {"name": "Parrot"},
            "features": {"bot_user": {"display_name": "Parrot"}, "slash_commands": [{"command": "/parrot"}]},
        }
    )
    async with (
        served(listener("first"), listener("second")) as (url, other_url),
        running_sandbox(App.from_manifest(described), url, SECRET, others=[(second, other_url)]) as sandbox,
        ClientSession(sandbox.public_url) as http,
    ):
        client = AsyncWebClient("xoxb-sandbox-2", base_url=f"{sandbox.public_url}/api/")

        async def does(gesture: str, **given: Any) -> dict[str, Any]:
            async with http.post(f"/_control/{gesture}", json={**HERE, **given}) as response:
                answer: dict[str, Any] = await response.json()
            assert answer["ok"], (gesture, answer)
            return answer

        await does("say", text="Good morning")
        told = {name: payloads.pop() for name, payloads in heard.items()}
        assert {payload["event"]["text"] for payload in told.values()} == {"Good morning"}
        assert len({payload["api_app_id"] for payload in told.values()}) == 2
        assert (await client.auth_test())["user"] == "parrot"
        await does("command", command="/parrot", text="hello")
        (typed,) = heard["second"]
        assert (typed["command"], heard["first"]) == ("/parrot", [])
        async with http.post(typed["response_url"], json={"text": "Hello back"}) as response:
            assert response.status == 200
        button = {"type": "button", "action_id": "again", "text": {"type": "plain_text", "text": "Again"}}
        blocks = [{"type": "actions", "elements": [button]}]
        posted = await client.chat_postMessage(channel=HERE["channel"], text="Hello", blocks=blocks)
        await does("action", message_ts=posted["ts"], action_id="again")
        clicked = next(one for one in heard["second"] if one.get("type") == "block_actions")
        assert clicked["message"]["app_id"] == clicked["api_app_id"] == "A0SANDBOX02"
        modal = {"type": "modal", "title": button["text"], "blocks": []}
        opened = await client.views_open(trigger_id=clicked["trigger_id"], view=modal)
        await does("close", view_id=opened["view"]["id"])
        await client.views_publish(user_id=HERE["user"], view={"type": "home", "blocks": blocks})
        await does(
            "action",
            view_id=sandbox.workspace.all_views["A0SANDBOX02"].homes[HERE["user"]]["id"],
            action_id="again",
        )
        direct = (await client.chat_postMessage(channel=HERE["user"], text="Psst"))["channel"]
        assert direct != sandbox.workspace.direct_messages(HERE["user"]).id
