"""Deliveries and answers carry the keys that Slack's own were seen to carry.

`shapes/` has the recorded ones with their values blanked, from slackapi/java-slack-sdk's samples (MIT);
those of conversations.history and .replies are made of Slack's documentation. Of a method without a recorded
answer only those keys are held that its documentation promises.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sandbox.api import METHODS
from tests.sandbox.workbench import Slack, home, modal, pretend_slack

SHAPES = Path(__file__).with_name("shapes")
IDENTITY = {"type", "team", "user", "api_app_id", "token", "enterprise", "is_enterprise_install"}
# Slack sends a view's blocks, each event's moment, a form's response URLs and whether a token was revoked too;
# the recordings lack them.
CUT = {"view": {"blocks"}, "event": {"event_ts"}, "": {"revoked", "response_urls"}}


def assert_keys(payload: dict[str, Any], shape_name: str, always: set[str]) -> None:
    """No key that Slack does not send, and none missing of those that it always sends."""
    recorded = json.loads((SHAPES / f"{shape_name}.json").read_text())
    assert always <= payload.keys(), shape_name
    assert _unknown(payload, recorded, "") == [], shape_name


def _unknown(payload: dict[str, Any], recorded: dict[str, Any], path: str) -> list[str]:
    unrecorded = payload.keys() - recorded.keys() - CUT.get(path.rpartition("/")[2], set())
    unknown = [f"{path}/{key}" for key in unrecorded]
    for key, inner in payload.items():
        known = recorded.get(key)
        if isinstance(inner, list) and isinstance(known, list) and inner and known:
            inner, known = inner[0], known[0]
        if key == "blocks":
            continue  # each kind of block has keys of its own
        if isinstance(inner, dict) and isinstance(known, dict) and known:
            unknown += _unknown(inner, known, f"{path}/{key}")
    return unknown


async def test_a_command_has_slacks_keys(slack: Slack) -> None:
    await slack.trigger()
    always = {"token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name"}
    always |= {"command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"}
    assert_keys(slack.bot.last(), "SlashCommandPayload", always)


async def test_a_click_on_a_message_has_slacks_keys(slack: Slack) -> None:
    blocks = modal()["blocks"]
    posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=blocks)
    await slack.control("action", user="U1", channel="C1", message_ts=posted["ts"], action_id="more")
    always = {"container", "trigger_id", "channel", "message", "response_url", "state", "actions"}
    assert_keys(slack.bot.last(), "BlockActionPayload", IDENTITY | always)


async def test_a_click_in_a_view_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal()
    await slack.control("action", user="U1", view_id=view["id"], action_id="more")
    assert_keys(
        slack.bot.last(), "BlockActionPayload", IDENTITY | {"container", "trigger_id", "view", "actions"}
    )


async def test_a_submission_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal()
    await slack.control("submit", user="U1", view_id=view["id"], values={"reason": {"text": "Too dear"}})
    assert_keys(slack.bot.last(), "ViewSubmissionPayload", IDENTITY | {"trigger_id", "view"})


async def test_a_closed_view_has_slacks_keys(slack: Slack) -> None:
    view = await slack.open_modal(notify_on_close=True)
    await slack.control("close", user="U1", view_id=view["id"])
    assert_keys(slack.bot.last(), "ViewClosedPayload", IDENTITY | {"view", "is_cleared"})


async def test_an_opened_home_has_slacks_keys(slack: Slack) -> None:
    await slack.api("views.publish", user_id="U1", view=home("Welcome"))
    await slack.control("open-home", user="U1")
    always = {"token", "team_id", "api_app_id", "type", "authorizations", "event_id", "event_time", "event"}
    assert_keys(slack.bot.last(), "AppHomeOpenedPayload", always)
    assert slack.bot.last()["event"].keys() == {"type", "user", "channel", "tab", "event_ts", "view"}


async def test_a_changed_person_has_slacks_keys(slack: Slack) -> None:
    await slack.sandbox.change_user("U1", is_admin=True)
    assert_keys(slack.bot.last(), "UserChangePayload", {"token", "team_id", "event_id", "event"})


async def test_a_mention_and_a_message_shortcut_have_slacks_keys(slack: Slack) -> None:
    bot = slack.workspace.app.bot_user_id
    said = await slack.control("say", user="U1", channel="C1", text=f"<@{bot}> Ciao")
    assert_keys(slack.bot.last(), "AppMentionPayload", {"token", "team_id", "event_id", "event"})
    assert {"user", "text", "ts", "channel", "event_ts"} <= slack.bot.last()["event"].keys()
    about = {"user": "U1", "callback_id": "message.about", "channel": "C1", "message_ts": said["ts"]}
    assert (await slack.control("shortcut", **about))["ok"]
    always = {"type", "callback_id", "trigger_id", "message_ts", "response_url", "message", "channel", "user"}
    assert_keys(slack.bot.last(), "MessageShortcutPayload", always)
    unknown = await slack.control("shortcut", **about | {"callback_id": "message.dance"})
    assert unknown["error"] == "shortcut_not_found"


async def test_every_answer_has_slacks_keys() -> None:
    """Each method of the Web API is called once, and none is left out."""
    async with pretend_slack(scopes=EVERY_SCOPE) as slack:
        called = {
            method: (answer, always) async for method, answer, always in _every_answer(slack) if answer["ok"]
        }
    assert called.keys() == METHODS.keys() - {
        "blocks.validate",  # which answers nothing where nothing is wrong
        "files.upload",  # which Slack has ended
        "users.profile.set",  # which apps may not call
    }
    recorded = {path.stem for path in (SHAPES / "api").glob("*.json")}
    for method, (answer, always) in called.items():
        del answer["http"]
        assert {"ok", *always.split()} <= answer.keys(), method
        if method in recorded:
            assert_keys(answer, f"api/{method}", set())


EVERY_SCOPE = (
    "assistant:write bookmarks:read bookmarks:write channels:history channels:join channels:manage "
    "channels:read chat:write emoji:read files:read files:write groups:read im:history im:read im:write links:write "
    "pins:read pins:write reactions:read reactions:write team:read usergroups:read usergroups:write "
    "users:write users.profile:read users:read users:read.email"
)


async def _every_answer(slack: Slack) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    async def call(method: str, always: str = "", **args: Any) -> tuple[str, dict[str, Any], str]:
        return method, await slack.api(method, **args), always

    yield await call("apps.connections.open", "url", token="xapp-sandbox")
    yield await call("auth.test", "url team user team_id user_id bot_id is_enterprise_install")
    yield await call("bots.info", "bot")
    posted = await slack.api("chat.postMessage", channel="C1", text="Paid", blocks=modal()["blocks"][:1])
    yield "chat.postMessage", posted, "channel ts message"
    here = {"channel": "C1", "ts": posted["ts"]}
    yield await call("chat.postEphemeral", "message_ts", channel="C1", user="U1", text="Hi")
    yield await call("chat.update", "channel ts text message", **here, text="Paid twice")
    yield await call("chat.getPermalink", "channel permalink", channel="C1", message_ts=posted["ts"])
    yield await call("reactions.add", channel="C1", timestamp=posted["ts"], name="tada")
    yield await call("conversations.history", "messages has_more", channel="C1", limit=1)
    yield await call("conversations.replies", "messages has_more", channel="C1", ts=posted["ts"])
    yield await call("chat.delete", "channel ts", **here)
    yield await call("conversations.info", "channel", channel="C1")
    yield await call("conversations.join", "channel", channel="C2")
    yield await call("conversations.list", "channels response_metadata", types="public_channel,im")
    yield await call("conversations.members", "members response_metadata", channel="C1")
    yield await call("conversations.open", "channel", users="U1", return_im=True)
    promised = await slack.api("files.getUploadURLExternal", filename="a.txt", length=2)
    yield "files.getUploadURLExternal", promised, "upload_url file_id"
    await slack.http.post(promised["upload_url"], data=b"ab")
    file = promised["file_id"]
    yield await call("files.completeUploadExternal", "files", files=[{"id": file}], channel_id="C1")
    yield await call("files.info", "file", file=file)
    yield await call("team.info", "team")
    yield await call("usergroups.list", "usergroups", include_users=True)
    yield await call("usergroups.users.list", "users", usergroup="S1")
    yield await call("users.info", "user", user="U1", include_locale=True)
    yield await call("users.list", "members cache_ts")
    yield await call("views.publish", "view", user_id="U1", view=home("Welcome"))
    opened = await slack.api("views.open", trigger_id=await slack.trigger(), view=modal())
    yield "views.open", opened, "view"
    yield "views.push", await slack.push_modal(), "view"
    yield await call("views.update", "view", view_id=opened["view"]["id"], view=modal())
    async for answered in _answers_about_groups(slack):
        yield answered
    async for answered in _answers_about_messages(slack):
        yield answered
    async for answered in _answers_about_channels(slack):
        yield answered
    yield await call("api.test", "args", token="")
    yield await call("users.lookupByEmail", "user", email="giulia@example.com")
    yield await call("users.profile.get", "profile", user="U1")
    yield await call("users.getPresence", "presence", user="U1")
    yield await call("users.conversations", "channels response_metadata", user="U1")
    yield await call("emoji.list", "emoji cache_ts")
    yield await call("files.list", "files paging")
    yield await call("files.delete", file=file)
    yield await call("auth.revoke", "revoked")


async def _answers_about_messages(slack: Slack) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    async def call(method: str, always: str = "", **args: Any) -> tuple[str, dict[str, Any], str]:
        return method, await slack.api(method, **args), always

    yield await call("chat.meMessage", "channel ts", channel="C1", text="waves")
    hears = (*slack.workspace.app.bot_events, "entity_details_requested")
    slack.workspace.app = replace(slack.workspace.app, unfurl_domains=("desk.example",), bot_events=hears)
    url = "https://desk.example/7"
    linked = (await slack.control("say", user="U1", channel="C1", text=url))["ts"]
    yield await call("chat.unfurl", channel="C1", ts=linked, unfurls={url: {"text": "Invoice 7"}})
    entity = {
        "entity_type": "slack#/entities/item",
        "url": url,
        "external_ref": {"id": "7"},
        "entity_payload": {"attributes": {"title": {"text": "Invoice 7"}}},
    }
    posted = {"entities": [{**entity, "app_unfurl_url": url}]}
    await slack.api("chat.unfurl", channel="C1", ts=linked, metadata=posted)
    await slack.control("open-entity", user="U1", channel="C1", message_ts=linked, url=url)
    trigger = slack.bot.last()["event"]["trigger_id"]
    yield await call("entity.presentDetails", trigger_id=trigger, metadata=entity)
    asked = (await slack.control("say", user="U1", channel="C1", text="Is it paid?"))["ts"]
    here = {"channel": "C1", "timestamp": asked}
    await slack.api("reactions.add", **here, name="eyes")
    yield await call("reactions.get", "type channel message", **here)
    yield await call("reactions.list", "items response_metadata")
    yield await call("reactions.remove", **here, name="eyes")
    yield await call("pins.add", **here)
    yield await call("pins.list", "items", channel="C1")
    yield await call("pins.remove", **here)
    later = int(slack.workspace.clock().timestamp()) + 3600
    always = "channel scheduled_message_id post_at message"
    scheduled = await slack.api("chat.scheduleMessage", channel="C1", text="Later", post_at=later)
    yield "chat.scheduleMessage", scheduled, always
    yield await call("chat.scheduledMessages.list", "scheduled_messages response_metadata")
    waiting = {"channel": "C1", "scheduled_message_id": scheduled["scheduled_message_id"]}
    yield await call("chat.deleteScheduledMessage", **waiting)
    answering = {"channel": "C1", "thread_ts": asked, "recipient_user_id": "U1", "recipient_team_id": "T1"}
    written = await slack.api("chat.startStream", **answering)
    yield "chat.startStream", written, "channel ts"
    bit = {"channel": "C1", "ts": written["ts"], "markdown_text": "*Yes*"}
    yield await call("chat.appendStream", "channel ts", **bit)
    yield await call("chat.stopStream", "channel ts message", **bit)
    thread = {"channel_id": "C1", "thread_ts": asked}
    yield await call("assistant.threads.setStatus", **thread, status="thinks")
    yield await call("assistant.threads.setTitle", **thread, title="Payments")
    prompts = [{"title": "Paid?", "message": "Is it paid?"}]
    yield await call("assistant.threads.setSuggestedPrompts", **thread, prompts=prompts)


async def _answers_about_channels(slack: Slack) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    async def call(method: str, always: str = "", **args: Any) -> tuple[str, dict[str, Any], str]:
        return f"conversations.{method}", await slack.api(f"conversations.{method}", **args), always

    created = await slack.api("conversations.create", name="plans")
    yield "conversations.create", created, "channel"
    here = {"channel": created["channel"]["id"]}
    yield await call("invite", "channel", **here, users="U1,U2")
    yield await call("kick", **here, user="U2")
    yield await call("rename", "channel", **here, name="prices")
    yield await call("setTopic", "channel", **here, topic="What things cost")
    yield await call("setPurpose", "channel", **here, purpose="To agree on prices")
    yield await call("mark", **here, ts="1.1")
    yield await call("archive", **here)
    yield await call("unarchive", **here)
    yield await call("leave", **here)
    direct = (await slack.api("conversations.open", users="U1"))["channel"]["id"]
    yield await call("close", channel=direct)


async def _answers_about_groups(slack: Slack) -> AsyncIterator[tuple[str, dict[str, Any], str]]:
    async def call(method: str, always: str = "", **args: Any) -> tuple[str, dict[str, Any], str]:
        return method, await slack.api(method, **args), always

    link = {"channel_id": "C1", "title": "Prices", "type": "link", "link": "https://prices.example"}
    bookmark = await slack.api("bookmarks.add", **link)
    yield "bookmarks.add", bookmark, "bookmark"
    there = {"channel_id": "C1", "bookmark_id": bookmark["bookmark"]["id"]}
    yield await call("bookmarks.edit", "bookmark", **there, title="All prices")
    yield await call("bookmarks.list", "bookmarks", channel_id="C1")
    yield await call("bookmarks.remove", **there)
    created = await slack.api("usergroups.create", name="Sales")
    yield "usergroups.create", created, "usergroup"
    group = {"usergroup": created["usergroup"]["id"]}
    yield await call("usergroups.update", "usergroup", **group, handle="selling")
    yield await call("usergroups.users.update", "usergroup", **group, users="U1,U2")
    yield await call("users.setPresence", presence="away")
