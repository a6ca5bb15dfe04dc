"""The Web API: what it does, and by which names it refuses."""

from typing import Any

import pytest
from aiohttp import ClientTimeout
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workbench import Slack, modal, plain, pretend_slack

BUTTONS = modal()["blocks"][:1]


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.dance", {}, "unknown_method"),
        ("auth.test", {"token": ""}, "not_authed"),
        ("auth.test", {"token": "xoxb-other"}, "invalid_auth"),
        ("chat.postMessage", {"text": "Hi"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C1"}, "no_text"),
        ("chat.postMessage", {"channel": "C1", "text": 7}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C1", "blocks": "[{"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C1", "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": "C1", "blocks": [{"type": "dance"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": "C9", "text": "Hi"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C2", "text": "Hi"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C1", "text": "Hi", "thread_ts": "1.1"}, "thread_not_found"),
        ("chat.postEphemeral", {"channel": "C3", "user": "U2", "text": "Hi"}, "user_not_in_channel"),
        ("chat.postEphemeral", {"channel": "C1", "user": "U9", "text": "Hi"}, "user_not_found"),
        ("chat.update", {"channel": "C1", "ts": "1.1", "text": "Hi"}, "message_not_found"),
        ("chat.getPermalink", {"channel": "C1", "message_ts": "1.1"}, "message_not_found"),
        ("users.info", {"user": "U9"}, "user_not_found"),
        ("users.info", {}, "invalid_arguments"),
        ("conversations.open", {"users": "U9"}, "user_not_found"),
        ("files.getUploadURLExternal", {"filename": "a.pdf", "length": "long"}, "invalid_arguments"),
        ("views.open", {"trigger_id": "1"}, "invalid_arguments"),
    ],
)
async def test_a_wrong_call_is_refused_by_slacks_name_for_it(
    slack: Slack, method: str, args: dict[str, Any], error: str
) -> None:
    answer = await slack.api(method, **args)
    assert (answer["http"], answer["ok"], answer["error"]) == (200, False, error)


async def test_the_scope_goes_by_the_kind_of_conversation() -> None:
    async with pretend_slack(scopes="channels:read chat:write") as slack:
        assert (await slack.api("conversations.info", channel="C1"))["ok"]
        for method, args in (
            ("info", {"channel": "C3"}),
            ("list", {"types": "public_channel,private_channel"}),
        ):
            assert (await slack.api(f"conversations.{method}", **args))["needed"] == "groups:read"
        assert (await slack.api("conversations.list", types="all"))["error"] == "invalid_types"


async def test_an_emoji_stands_on_a_message_once() -> None:
    async with pretend_slack(scopes="chat:write reactions:write") as slack:
        ts = (await slack.api("chat.postMessage", channel="C1", text="Paid"))["ts"]
        here = {"channel": "C1", "timestamp": ts}
        assert (await slack.api("reactions.add", **here, name="tada"))["ok"]
        assert (await slack.api("reactions.add", **here, name=":tada:"))["error"] == "already_reacted"
        assert (await slack.api("reactions.add", **here, name="Ta da"))["error"] == "invalid_name"
        (message,) = (await slack.look("state"))["messages"]
        bot = slack.workspace.app.bot_user_id
        assert message["reactions"] == [{"name": "tada", "users": [bot], "count": 1}]


async def test_a_revoked_token_works_no_more(slack: Slack) -> None:
    assert (await slack.api("auth.revoke", test=True))["revoked"] is False
    assert (await slack.api("auth.revoke"))["revoked"] is True
    assert (await slack.api("auth.test"))["error"] == "token_revoked"


async def test_a_missing_scope_is_named(slack: Slack) -> None:
    answer = await slack.api("team.info")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "team:read")
    assert "chat:write" in answer["provided"]


async def test_a_missing_argument_is_named(slack: Slack) -> None:
    answer = await slack.api("chat.update", channel="C1")
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_a_message_is_posted_changed_and_deleted(slack: Slack) -> None:
    posted = await slack.api("chat.postMessage", channel="#billing", text="Paid", blocks=BUTTONS)
    assert (posted["channel"], posted["message"]["text"]) == ("C1", "Paid")
    thread = await slack.api("chat.postMessage", channel="C1", text="PDF", thread_ts=posted["ts"])
    assert thread["message"]["thread_ts"] == posted["ts"]
    assert float(thread["ts"]) > float(posted["ts"]) > 1_795_000_000
    await slack.api("chat.update", channel="C1", ts=posted["ts"], text="Refunded")
    first, _ = (await slack.look("state"))["messages"]
    assert (first["text"], first["blocks"], first["edited"]) == ("Refunded", [], True)
    for one in (thread, posted):
        await slack.api("chat.delete", channel="C1", ts=one["ts"])
    assert (await slack.look("state"))["messages"] == []


async def test_a_message_to_a_person_goes_to_their_direct_messages(slack: Slack) -> None:
    posted = await slack.api("chat.postMessage", channel="U2", text="Hi")
    opened = await slack.api("conversations.open", users="U2")
    assert posted["channel"] == opened["channel"]["id"]


async def test_somebody_elses_message_cannot_be_changed(slack: Slack) -> None:
    said = await slack.control("say", user="U1", channel="C1", text="Hello")
    answer = await slack.api("chat.update", channel="C1", ts=said["ts"], text="Bye")
    assert answer["error"] == "cant_update_message"


async def test_blocks_without_a_block_id_get_one(slack: Slack) -> None:
    section = {"type": "section", "text": plain("Hi")}
    posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=[section])
    assert posted["message"]["blocks"][0]["block_id"]


async def test_the_language_comes_when_asked_for(slack: Slack) -> None:
    silent = await slack.api("users.info", user="U1")
    asked = await slack.api("users.info", user="U1", include_locale="true")
    assert "locale" not in silent["user"]
    assert asked["user"]["locale"] == "it-IT"
    assert asked["user"]["profile"]["email"] == "giulia@example.com"


async def test_slacks_own_client_is_understood(slack: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{slack.url}/api/", session=slack.http)
    assert (await client.auth_test())["bot_id"] == slack.workspace.app.bot_id
    assert (await client.users_info(user="U1", include_locale=True))["user"]["locale"] == "it-IT"
    posted = await client.chat_postMessage(channel="C1", text="Hi", blocks=BUTTONS)
    assert (await client.chat_getPermalink(channel="C1", message_ts=str(posted["ts"])))["ok"]
    uploaded = await client.files_upload_v2(
        channel="C1", content=b"%PDF-1", filename="a.pdf", title="Fattura"
    )
    assert uploaded["files"][0]["title"] == "Fattura"


async def test_a_file_takes_three_steps(slack: Slack) -> None:
    promised = await slack.api("files.getUploadURLExternal", filename="invoice.pdf", length=6)
    upload: dict[str, Any] = {"files": [{"id": promised["file_id"], "title": "Invoice"}], "channel_id": "C1"}
    assert (await slack.api("files.completeUploadExternal", **upload))["error"] == "file_not_found"
    async with slack.http.post(promised["upload_url"], data=b"%PDF-1") as response:
        assert response.status == 200
    elsewhere = await slack.api("files.completeUploadExternal", **upload | {"channel_id": "C2"})
    assert elsewhere["error"] == "not_in_channel"
    assert (await slack.api("files.completeUploadExternal", **upload))["ok"]
    assert (await slack.api("files.completeUploadExternal", **upload))["error"] == "file_not_found"
    (message,) = (await slack.look("state"))["messages"]
    (file,) = message["files"]
    assert (file["title"], file["mimetype"], file["size"]) == ("Invoice", "application/pdf", 6)
    async with slack.http.get(slack.url + file["url"]) as response:
        assert await response.read() == b"%PDF-1"


async def test_bytes_of_another_length_are_not_taken(slack: Slack) -> None:
    promised = await slack.api("files.getUploadURLExternal", filename="a.pdf", length=6)
    async with slack.http.post(promised["upload_url"], data=b"%PDF") as response:
        assert response.status == 400


async def test_validation_answers_with_pointers(slack: Slack) -> None:
    answer = await slack.api("blocks.validate", blocks=[{"type": "header", "text": plain("x" * 151)}])
    assert answer["error"] == "invalid_blocks"
    (fault,) = answer["errors"]
    assert fault["pointer"] == "/0/text/text"
    assert fault["constraint"] == {"type": "max_length", "expected": 150, "got": 151}
    assert (await slack.api("blocks.validate", view=modal()))["ok"]


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [("429", 429, "ratelimited"), ("500", 500, "internal_error"), ("invalid_blocks", 200, "invalid_blocks")],
)
async def test_an_ordered_fault_happens_as_often_as_ordered(
    slack: Slack, kind: str, status: int, error: str
) -> None:
    await slack.control("faults", method="chat.postMessage", kind=kind, times=1)
    first = await slack.api("chat.postMessage", channel="C1", text="Hi")
    assert (first["http"], first["error"]) == (status, error)
    assert (await slack.api("chat.postMessage", channel="C1", text="Hi"))["ok"]


async def test_an_ordered_silence_lasts_until_the_client_gives_up(slack: Slack) -> None:
    await slack.control("faults", method="auth.test", kind="timeout")
    with pytest.raises(TimeoutError):
        await slack.http.post(f"{slack.url}/api/auth.test", timeout=ClientTimeout(total=0.05))
    assert (await slack.api("auth.test"))["ok"]


async def test_nothing_is_written_in_an_archived_channel_until_it_is_no_more() -> None:
    async with pretend_slack(scopes="channels:read chat:write") as slack:
        posted = await slack.api("chat.postMessage", channel="C1", text="Hi")
        assert (await slack.control("channel", user="U1", channel="C1", archived=True))["ok"]
        assert (await slack.api("chat.postMessage", channel="C1", text="Hi"))["error"] == "is_archived"
        edited = await slack.api("chat.update", channel="C1", ts=posted["ts"], text="Ho")
        assert edited["error"] == "is_archived"
        assert (await slack.api("conversations.info", channel="C1"))["channel"]["is_archived"]
        await slack.control("channel", user="U1", channel="C1", archived=False)
        assert (await slack.api("chat.postMessage", channel="C1", text="Hi"))["ok"]


async def test_a_shared_channel_says_so_and_the_app_can_be_let_out_and_in() -> None:
    async with pretend_slack(scopes="channels:read") as slack:
        await slack.control("channel", user="U1", channel="C1", shared=True)
        about = (await slack.api("conversations.info", channel="C1"))["channel"]
        assert (about["is_ext_shared"], about["is_member"]) == (True, True)
        await slack.control("channel", user="U1", channel="C1", app=False)
        assert not (await slack.api("conversations.info", channel="C1"))["channel"]["is_member"]
        refused = await slack.control("channel", user="U1", channel="C1", app="yes")
        assert refused["error"] == "invalid_change"
        await slack.control("channel", user="U1", channel="C1", app=True)
        assert (await slack.api("conversations.info", channel="C1"))["channel"]["is_member"]
