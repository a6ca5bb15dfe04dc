"""The calls that Slack's own sample apps make (starter, tasks, assistant), made by apps of ours that are as small.

Each runs on Bolt with the SDK's client, and once more with one that sends what Slack's SDK for Node sends: forms, in
which whatever is no string is JSON.
"""

import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp, AsyncAssistant
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.any_app import running_sandbox
from sandbox.app import App
from sandbox.demo import EMMA
from sandbox.server import Sandbox
from tests.sandbox.workbench import SECRET, plain, served

HERE = {"user": EMMA.id, "channel": "C0GENERAL01"}


class AsNodeSends(AsyncWebClient):
    """Sends as @slack/web-api does: forms, with JSON for what is no string."""

    async def api_call(self, api_method: str, **how: Any) -> Any:
        given = {**(how.pop("params", None) or {}), **(how.pop("json", None) or {})}
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in given.items()
            if value is not None
        }
        return await super().api_call(api_method, data=fields, **how)


@dataclass(frozen=True)
class Sample:
    """A sample's manifest, its listeners, and what somebody does with it."""

    manifest: dict[str, Any]
    listeners: Callable[[AsyncApp], None]
    story: Callable[["Person"], Any]


@dataclass
class Person:
    """Emma at the page, and what she sees."""

    sandbox: Sandbox
    http: ClientSession

    async def does(self, gesture: str, **given: Any) -> dict[str, Any]:
        async with self.http.post(f"/_control/{gesture}", json={**HERE, **given}) as response:
            answer: dict[str, Any] = await response.json()
        assert answer["ok"], (gesture, answer)
        return answer

    async def sees(self, wanted: Callable[[], Any]) -> Any:
        """What is wanted, once it is there."""
        changes = self.sandbox.workspace.stream.events()
        await anext(changes)
        while not (found := wanted()):
            await anext(changes)
        await changes.aclose()
        return found

    async def reads(self, text: str) -> Any:
        messages = self.sandbox.workspace.messages
        return await self.sees(lambda: next((one for one in messages.values() if text in one.text), None))

    async def sees_modal(self, callback_id: str) -> Any:
        views = self.sandbox.workspace.views
        return await self.sees(
            lambda: (top := views.top(EMMA.id)) and top["callback_id"] == callback_id and top
        )

    async def sees_home(self, words: str) -> Any:
        homes = self.sandbox.workspace.views.homes
        return await self.sees(lambda: words in json.dumps(homes.get(EMMA.id)))


def manifest(scopes: str, events: str, **features: Any) -> dict[str, Any]:
    """A sample's manifest."""
    return {
        "display_information": {"name": "Sample"},
        "features": {"bot_user": {"display_name": "Sample"}, **features},
        "oauth_config": {"scopes": {"bot": scopes.split()}},
        "settings": {"event_subscriptions": {"bot_events": events.split()}},
    }


def starter(app: AsyncApp) -> None:
    """Greets, shows a Home, opens a form from a shortcut, and tells what came of it."""
    chooser = {"type": "conversations_select", "action_id": "where", "default_to_current_conversation": True}
    view = {
        "type": "modal",
        "callback_id": "sample_view",
        "title": plain("Sample modal"),
        "submit": plain("Submit"),
        "blocks": [{"type": "input", "block_id": "where", "label": plain("Where"), "element": chooser}],
    }

    @app.message(re.compile("^(hi|hello|hey)", re.IGNORECASE))
    async def greet(context: Any, say: Any) -> None:
        await say(f"{context['matches'][0]}, how are you?")

    @app.command("/sample-command")
    async def command(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Responding to the sample command!")

    @app.event("app_home_opened")
    async def home(client: AsyncWebClient, event: dict[str, Any]) -> None:
        if event["tab"] == "home":
            blocks = [
                {"type": "section", "text": {"type": "mrkdwn", "text": f"*Welcome <@{event['user']}>*"}}
            ]
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

    @app.shortcut("sample_shortcut")
    async def shortcut(ack: Any, shortcut: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=view)

    @app.view("sample_view")
    async def submitted(ack: Any, view: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        where = view["state"]["values"]["where"]["where"]["selected_conversation"]
        await client.chat_postMessage(channel=where, text=f"<@{body['user']['id']}> chose <#{where}>")


async def starter_story(emma: Person) -> None:
    await emma.does("say", text="Hello there")
    await emma.reads("Hello, how are you?")
    await emma.does("command", command="/sample-command")
    await emma.reads("Responding to the sample command!")
    await emma.does("open-home")
    await emma.sees_home("Welcome <@")
    await emma.does("shortcut", callback_id="sample_shortcut")
    view = await emma.sees_modal("sample_view")
    await emma.does("submit", view_id=view["id"], values={"where": {"where": HERE["channel"]}})
    await emma.reads(f"<@{EMMA.id}> chose <#{HERE['channel']}>")


def tasks(app: AsyncApp) -> None:
    """Keeps tasks in the Home: its views are strings of JSON, and it reminds by scheduled messages."""
    titles: list[str] = []

    def form() -> str:
        title = {"type": "plain_text_input", "action_id": "title"}
        due = {"type": "datetimepicker", "action_id": "due"}
        view = {
            "type": "modal",
            "callback_id": "new-task-modal",
            "title": plain("New task"),
            "submit": plain("Create"),
            "blocks": [
                {"type": "input", "block_id": "title", "label": plain("New task"), "element": title},
                {"type": "input", "block_id": "due", "label": plain("Due"), "element": due, "optional": True},
            ],
        }
        return json.dumps(view)

    async def draw(client: AsyncWebClient, user: str) -> None:
        button = {"type": "button", "action_id": "open-new-task-modal", "text": plain("New task")}
        blocks: list[dict[str, Any]] = [{"type": "actions", "elements": [button]}]
        blocks += [{"type": "section", "text": plain(title)} for title in titles]
        await client.views_publish(user_id=user, view=json.dumps({"type": "home", "blocks": blocks}))  # type: ignore[arg-type]  # as the sample sends it

    @app.event("app_home_opened")
    async def home(client: AsyncWebClient, event: dict[str, Any]) -> None:
        await draw(client, event["user"])

    @app.action("open-new-task-modal")
    async def ask(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())  # type: ignore[arg-type]  # as above

    @app.view("new-task-modal")
    async def create(ack: Any, view: dict[str, Any], body: dict[str, Any], client: AsyncWebClient) -> None:
        values, user = view["state"]["values"], body["user"]["id"]
        titles.append(values["title"]["title"]["value"])
        done = {"type": "modal", "callback_id": "created", "title": plain("Done"), "blocks": []}
        await ack(response_action="update", view=done)
        text = f"{titles[-1]} is due"
        await client.chat_scheduleMessage(
            channel=user, text=text, post_at=values["due"]["due"]["selected_date_time"]
        )
        await client.chat_postMessage(channel=user, text=f"You have {titles[-1]} to do")
        await draw(client, user)


async def tasks_story(emma: Person) -> None:
    await emma.does("open-home")
    await emma.sees_home("New task")
    home = emma.sandbox.workspace.views.homes[EMMA.id]
    await emma.does("action", view_id=home["id"], action_id="open-new-task-modal")
    view = await emma.sees_modal("new-task-modal")
    due = int(emma.sandbox.workspace.clock().timestamp()) + 3600
    values = {"title": {"title": "Pay the rent"}, "due": {"due": due}}
    submitted = await emma.does("submit", view_id=view["id"], values=values)
    assert submitted["outcome"] == "updated"
    await emma.reads("You have Pay the rent to do")
    await emma.sees_home("Pay the rent")
    await emma.does("clock", advance="2h")
    await emma.reads("Pay the rent is due")


def assistant(app: AsyncApp) -> None:
    """Talks in threads of its own: prompts, a title, a status, an answer bit by bit, and buttons under it."""
    talks = AsyncAssistant()

    @talks.thread_started
    async def started(say: Any, set_suggested_prompts: Any, get_thread_context: Any) -> None:
        await say("How can I help you?")
        await set_suggested_prompts(prompts=[{"title": "Summarize", "message": "Please summarize"}])

    @talks.user_message
    async def asked(
        client: AsyncWebClient, payload: dict[str, Any], context: Any, set_status: Any, set_title: Any
    ) -> None:
        await set_title(payload["text"])
        await set_status("is thinking...")
        thread = {"channel": payload["channel"], "thread_ts": payload["thread_ts"]}
        replies = await client.conversations_replies(
            channel=thread["channel"], ts=thread["thread_ts"], limit=10
        )
        said = [one["text"] for one in replies["messages"]]
        stream = await client.chat_stream(
            **thread, recipient_team_id=context.team_id, recipient_user_id=context.user_id
        )
        await stream.append(markdown_text=f"**{len(said)}** messages, ")
        await stream.append(markdown_text=f"the last: {said[-1]}")
        good, bad = ({"text": plain(word), "value": word} for word in ("good", "bad"))
        feedback = {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": good,
            "negative_button": bad,
        }
        await stream.stop(blocks=[{"type": "context_actions", "elements": [feedback]}])

    @app.action("feedback")
    async def thanked(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        about = {"channel": body["channel"]["id"], "user": body["user"]["id"]}
        about["thread_ts"] = body["message"]["thread_ts"]
        await client.chat_postEphemeral(**about, text="We're glad you found this useful.")

    app.use(talks)


async def assistant_story(emma: Person) -> None:
    chat = await emma.does("assistant", looking_at=HERE["channel"])
    await emma.reads("How can I help you?")
    thread = emma.sandbox.workspace.assistant_thread(chat["channel"], chat["thread_ts"])
    await emma.sees(lambda: thread.prompts)
    said = thread.prompts[0]["message"]
    await emma.does("say", channel=chat["channel"], thread_ts=chat["thread_ts"], text=said)
    answer = await emma.reads("**3** messages, the last: Please summarize")
    await emma.sees(lambda: any(block["type"] == "context_actions" for block in answer.blocks))
    assert (thread.title, thread.status) == (said, "")
    about = {"channel": chat["channel"], "message_ts": answer.ts}
    await emma.does("action", **about, action_id="feedback", value="good")
    await emma.reads("We're glad you found this useful.")


SAMPLES = {
    "starter": Sample(
        manifest(
            "channels:history chat:write commands",
            "app_home_opened message.channels",
            slash_commands=[{"command": "/sample-command"}],
            shortcuts=[{"name": "Sample", "type": "global", "callback_id": "sample_shortcut"}],
        ),
        starter,
        starter_story,
    ),
    "tasks": Sample(manifest("chat:write", "app_home_opened"), tasks, tasks_story),
    "assistant": Sample(
        manifest(
            "assistant:write chat:write im:history",
            "assistant_thread_context_changed assistant_thread_started message.im",
            assistant_view={"assistant_description": "Answers"},
        ),
        assistant,
        assistant_story,
    ),
}  # fmt: skip


@asynccontextmanager
async def running(sample: Sample, kind: type[AsyncWebClient]) -> AsyncIterator[Person]:
    handlers: list[AsyncSlackRequestHandler] = []

    async def handle(request: Request) -> Response:
        return await handlers[0].handle(request)

    listening = Starlette(routes=[Route("/slack/events", handle, methods=["POST"])])
    app = App.from_manifest(sample.manifest)
    async with (
        served(listening) as (url,),
        running_sandbox(app, f"{url}/slack/events", SECRET) as sandbox,
        ClientSession(sandbox.public_url) as http,
    ):
        client = kind("xoxb-sandbox", base_url=f"{sandbox.public_url}/api/")
        bolt = AsyncApp(client=client, signing_secret=SECRET)
        sample.listeners(bolt)
        handlers.append(AsyncSlackRequestHandler(bolt))
        yield Person(sandbox, http)


@pytest.mark.parametrize("kind", [AsyncWebClient, AsNodeSends])
@pytest.mark.parametrize("name", SAMPLES)
async def test_slacks_own_samples_are_at_home_here(name: str, kind: type[AsyncWebClient]) -> None:
    async with running(SAMPLES[name], kind) as person:
        await SAMPLES[name].story(person)
