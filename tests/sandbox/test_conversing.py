"""What people and the app do with messages, and what the app hears of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import FormData
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.workbench import Slack, modal, plain, pretend_slack

SCOPES = (
    "assistant:write bookmarks:write incoming-webhook links:write usergroups:write users:write "
    "channels:history channels:manage channels:read chat:write files:read files:write "
    "groups:history groups:read groups:write im:history im:read im:write mpim:history mpim:read "
    "mpim:write pins:read pins:write reactions:read reactions:write users:read users:read.email"
)
EVENTS = (
    "app_mention assistant_thread_context_changed assistant_thread_started channel_archive "
    "channel_created channel_rename emoji_changed "
    "entity_details_requested file_created file_deleted file_shared im_close im_open link_shared "
    "member_joined_channel member_left_channel "
    "message.channels message.groups message.im message.mpim pin_added pin_removed reaction_added "
    "reaction_removed user_change user_profile_changed user_status_changed"
)


@pytest.fixture
async def heard() -> AsyncIterator[Slack]:
    """A pretend Slack whose app hears of everything."""
    async with pretend_slack(scopes=SCOPES) as slack:
        slack.workspace.app = replace(
            slack.workspace.app,
            bot_events=tuple(EVENTS.split()),
            is_assistant=True,
            unfurl_domains=("desk.example",),
        )
        yield slack


async def news(slack: Slack) -> dict[str, Any]:
    """The next event that the app hears."""
    return dict((await slack.bot.arrived.get())["event"])


async def test_what_people_do_with_messages_is_told_to_the_app(heard: Slack) -> None:
    here = {"user": "U1", "channel": "C1"}
    said = await heard.control("say", **here, text="Helo")
    assert (await news(heard))["channel_type"] == "channel"
    at = {**here, "message_ts": said["ts"]}
    for gesture, about, told in (
        ("edit", {"text": "Hello"}, {"subtype": "message_changed", "hidden": True}),
        ("react", {"name": "wave"}, {"type": "reaction_added", "reaction": "wave", "user": "U1"}),
        ("react", {"name": "wave"}, {"type": "reaction_removed", "item_user": "U1"}),
        ("pin", {}, {"type": "pin_added", "pin_count": 1}),
        ("pin", {}, {"type": "pin_removed", "has_pins": False}),
        ("delete", {}, {"subtype": "message_deleted", "deleted_ts": said["ts"]}),
    ):
        assert (await heard.control(gesture, **at, **about))["ok"], gesture
        event = await news(heard)
        assert told.items() <= event.items(), gesture
        if gesture == "edit":
            assert (event["message"]["text"], event["previous_message"]["text"]) == ("Hello", "Helo")
            assert event["message"]["edited"]["user"] == "U1"


@pytest.mark.parametrize(
    ("gesture", "about", "error"),
    [
        ("edit", {"user": "U2", "text": "Mine"}, "not_your_message"),
        ("edit", {"text": " "}, "no_text"),
        ("delete", {"user": "U2"}, "not_your_message"),
        ("delete", {"message_ts": "1.1"}, "message_not_found"),
        ("react", {"name": "No Name"}, "invalid_name"),
        ("pin", {"channel": "C3", "user": "U2"}, "channel_not_found"),
    ],
)
async def test_what_nobody_can_do_in_slack_is_refused(
    slack: Slack, gesture: str, about: dict[str, Any], error: str
) -> None:
    here = {"user": "U1", "channel": "C1"}
    said = await slack.control("say", **here, text="Hello")
    assert (await slack.control(gesture, **{**here, "message_ts": said["ts"], **about}))["error"] == error


async def test_the_app_hears_its_own_messages_and_what_becomes_of_them(heard: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    direct = (await client.conversations_open(users="U1"))["channel"]["id"]
    posted = await client.chat_postMessage(channel=direct, text="Paid")
    at = {"channel": direct, "ts": posted["ts"]}
    said = await news(heard)
    assert (said["channel_type"], said["bot_id"]) == ("im", heard.workspace.app.bot_id)
    await client.chat_update(**at, text="Refunded")
    assert (await news(heard))["previous_message"]["text"] == "Paid"
    await client.reactions_add(channel=direct, timestamp=posted["ts"], name="tada")
    assert (await news(heard))["type"] == "reaction_added"
    await client.pins_add(channel=direct, timestamp=posted["ts"])
    assert (await news(heard))["type"] == "pin_added"
    assert (await client.conversations_history(channel=direct))["pin_count"] == 1
    await client.chat_delete(**at)
    assert (await news(heard))["subtype"] == "message_deleted"
    await client.conversations_create(name="plans")
    assert (await news(heard))["type"] == "channel_created"


async def test_only_words_that_are_edited_are_called_edited(slack: Slack) -> None:
    section = {"type": "section", "text": plain("Hi")}
    for blocks, edited in (([section], False), ([], True)):
        posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=blocks)
        await slack.api("chat.update", channel="C1", ts=posted["ts"], text="Ciao", blocks=blocks)
        assert (await slack.look("state"))["messages"][-1]["edited"] is edited


WRONG_CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("chat.postMessage", {"channel": "C1", "markdown_text": "*a*", "text": "a"}, "markdown_text_conflict"),
    ("chat.postMessage", {"channel": "C1", "markdown_text": "a" * 12_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": "C1", "attachments": [{"color": "#36a64f"}]}, "no_text"),
    ("chat.postMessage", {"channel": "C1", "attachments": '{"text": 1}'}, "invalid_attachments"),
    ("chat.postMessage", {"channel": "C1", "text": "a", "username": "Bob"}, "missing_scope"),
    ("chat.scheduleMessage", {"channel": "C1", "text": "a", "post_at": 1}, "time_in_past"),
    ("chat.scheduleMessage", {"channel": "C1", "text": "a", "post_at": 4_000_000_000}, "time_too_far"),
    ("chat.scheduleMessage", {"channel": "C1", "text": "a", "post_at": "soon"}, "invalid_arguments"),
    ("chat.deleteScheduledMessage", {"channel": "C1", "scheduled_message_id": "Q1"}, "invalid_scheduled_message_id"),
    ("chat.startStream", {"channel": "C1", "thread_ts": "1.1"}, "thread_not_found"),
    ("chat.appendStream", {"channel": "C1", "ts": "1.1"}, "invalid_arguments"),
    ("conversations.create", {"name": "Not Lower"}, "invalid_name_specials"),
    ("conversations.create", {"name": "billing"}, "name_taken"),
    ("conversations.create", {"name": "a" * 81}, "invalid_name_maxlength"),
    ("conversations.invite", {"channel": "C1", "users": "U1"}, "already_in_channel"),
    ("conversations.invite", {"channel": "C1", "users": "U0BILLDESK1"}, "cant_invite_self"),
    ("conversations.kick", {"channel": "C1", "user": "U0BILLDESK1"}, "cant_kick_self"),
    ("conversations.archive", {"channel": "C2"}, "not_in_channel"),
    ("conversations.unarchive", {"channel": "C1"}, "not_archived"),
    ("conversations.setTopic", {"channel": "C1", "topic": "a" * 251}, "too_long"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.members", {"channel": "C1", "cursor": "?"}, "invalid_cursor"),
    ("conversations.list", {"limit": 1001}, "invalid_limit"),
    ("pins.add", {"channel": "C1"}, "no_item_specified"),
    ("pins.remove", {"channel": "C2", "timestamp": "1.1"}, "not_in_channel"),
    ("reactions.add", {"name": "tada"}, "no_item_specified"),
    ("reactions.remove", {"channel": "C1", "timestamp": "1.1", "name": "tada"}, "message_not_found"),
    ("assistant.threads.setStatus", {"channel_id": "C1", "thread_ts": "1.1", "status": "a"}, "thread_not_found"),
    ("assistant.threads.setSuggestedPrompts", {"channel_id": "C1", "thread_ts": "1.1", "prompts": [{}]},
     "invalid_arguments"),
    ("users.lookupByEmail", {"email": "nobody@example.com"}, "users_not_found"),
    ("emoji.list", {}, "missing_scope"),
    ("bookmarks.add", {"channel_id": "C1", "title": "a", "type": "note"}, "invalid_bookmark_type"),
    ("bookmarks.add", {"channel_id": "C1", "title": "a", "type": "link", "link": "a"}, "invalid_link"),
    ("bookmarks.remove", {"channel_id": "C1", "bookmark_id": "Bk1"}, "not_found"),
    ("usergroups.create", {"name": "Finance"}, "name_already_exists"),
    ("usergroups.users.update", {"usergroup": "S1", "users": "U9"}, "invalid_users"),
    ("users.setPresence", {"presence": "gone"}, "invalid_presence"),
    ("users.profile.set", {"profile": {"title": "CFO"}}, "not_allowed_token_type"),
    ("files.upload", {"content": "a", "channels": "C1"}, "method_deprecated"),
    ("chat.unfurl", {"channel": "C1", "ts": "1.1"}, "missing_unfurls"),
    ("chat.unfurl", {"channel": "C1", "unfurls": {"https://desk.example": {"text": "a"}}}, "missing_ts"),
    ("chat.unfurl", {"unfurl_id": "C1.1.1", "unfurls": {"https://desk.example": {"text": "a"}}}, "missing_source"),
    ("chat.unfurl", {"unfurl_id": "C1.1.1", "source": "conversations_history", "unfurls": {"https://a.example": {}}},
     "cannot_find_message"),
    ("files.delete", {"file": "F1"}, "file_not_found"),
]  # fmt: skip


async def test_a_wrong_call_about_them_is_refused(heard: Slack) -> None:
    for method, args, error in WRONG_CALLS:
        assert (await heard.api(method, **args)).get("error") == error, (method, args)


async def test_lists_come_in_pages(heard: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    for method, key in (("conversations.list", "channels"), ("users.list", "members")):
        pages = [page async for page in await client.api_call(method, params={"limit": 1})]
        assert len(pages) > 1
        assert all(len(page[key]) == 1 for page in pages), method
    first = await client.conversations_members(channel="C1", limit=2)
    rest = await client.conversations_members(channel="C1", cursor=first["response_metadata"]["next_cursor"])
    assert [*first["members"], *rest["members"]] == heard.workspace.channels["C1"].members


async def test_a_message_to_several_people_and_a_thread_read_back(heard: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    many = (await client.conversations_open(users="U1,U2", return_im=True))["channel"]
    assert many["is_mpim"]
    assert (await client.conversations_open(users="U2,U1"))["already_open"]
    root = await client.chat_postMessage(channel=many["id"], markdown_text="**Paid**")
    await client.chat_postMessage(channel=many["id"], text="PDF", thread_ts=root["ts"])
    await client.chat_postMessage(
        channel=many["id"], text="For all", thread_ts=root["ts"], reply_broadcast=True
    )
    history = (await client.conversations_history(channel=many["id"]))["messages"]
    assert [message["text"] for message in history] == ["For all", "**Paid**"]
    assert (history[1]["reply_count"], history[0]["subtype"]) == (2, "thread_broadcast")
    replies = (await client.conversations_replies(channel=many["id"], ts=root["ts"]))["messages"]
    assert [message.get("parent_user_id") for message in replies] == [None, *[root["message"]["user"]] * 2]


async def test_what_is_scheduled_is_posted_when_the_clock_gets_there(heard: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    at = int(heard.workspace.clock().timestamp()) + 3600
    await client.chat_scheduleMessage(channel="C1", text="Later", post_at=at)
    gone = await client.chat_scheduleMessage(channel="C1", text="Never", post_at=at)
    await client.chat_deleteScheduledMessage(channel="C1", scheduled_message_id=gone["scheduled_message_id"])
    (waiting,) = (await client.chat_scheduledMessages_list(channel="C1"))["scheduled_messages"]
    assert (waiting["text"], waiting["post_at"]) == ("Later", at)
    assert (await heard.look("clock"))["upcoming"][0]["label"] == "Scheduled message: Later"
    await heard.control("clock", advance="2h")
    (message,) = (await heard.look("state"))["messages"]
    assert message["text"] == "Later"
    assert at <= float(message["ts"]) < at + 5
    assert (await client.chat_scheduledMessages_list())["scheduled_messages"] == []


async def test_an_answer_is_written_bit_by_bit(heard: Slack) -> None:
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    thread = await heard.control("assistant", user="U1")
    assert (await news(heard))["type"] == "assistant_thread_started"
    here = {"channel": thread["channel"], "thread_ts": thread["thread_ts"]}
    await client.assistant_threads_setStatus(
        channel_id=here["channel"], thread_ts=here["thread_ts"], status="thinks"
    )
    (shown,) = (await heard.look("state"))["assistant"]
    assert shown["status"] == "thinks"
    stream = await client.chat_stream(**here)
    await stream.append(markdown_text="It is ")
    await stream.append(markdown_text="*paid*")
    await stream.stop()
    (shown,) = (await heard.look("state"))["assistant"]
    assert (shown["status"], (await heard.look("state"))["messages"][-1]["text"]) == ("", "It is *paid*")
    at = {"channel": here["channel"], "ts": (await heard.look("state"))["messages"][-1]["ts"]}
    again = await heard.api("chat.appendStream", **at, markdown_text="!")
    assert again["error"] == "message_not_in_streaming_state"


async def test_what_other_sdks_send_is_read(heard: Slack) -> None:
    promised = await heard.api("files.getUploadURLExternal", filename="a.bin", length=6)
    form = FormData()
    form.add_field("filename", b"a\r\nb\x00\xff", filename="a.bin", content_type="application/octet-stream")
    async with heard.http.post(promised["upload_url"], data=form) as response:
        assert response.status == 200
    done = await heard.api(
        "files.completeUploadExternal", files=f'[{{"id": "{promised["file_id"]}"}}]', channels="C1,C3"
    )
    assert done["ok"]
    assert heard.workspace.files[promised["file_id"]].content == b"a\r\nb\x00\xff"
    assert [one.channel for one in heard.workspace.messages.values()] == ["C1", "C3"]
    heard.bot.replies["view_submission"] = {
        "response_action": "update",
        "view": '{"type": "modal", "title": {"type": "plain_text", "text": "Done"}, "blocks": []}',
    }
    menu = {"type": "channels_select", "action_id": "where", "response_url_enabled": True}
    where = {"type": "input", "block_id": "where", "label": plain("Where"), "element": menu}
    view = await heard.open_modal(blocks=[where])
    values = {"where": {"where": "C1"}}
    submitted = await heard.control("submit", user="U1", view_id=view["id"], values=values)
    assert submitted["outcome"] == "updated"
    (lent,) = heard.bot.last()["response_urls"]
    assert (lent["block_id"], lent["action_id"], lent["channel_id"]) == ("where", "where", "C1")
    assert (await heard.respond(lent["response_url"], text="Here", response_type="in_channel"))[0] == 200


async def test_a_button_in_an_attachment_is_pressed(slack: Slack) -> None:
    attachment = {"color": "#36a64f", "blocks": modal()["blocks"][:1]}
    posted = await slack.api("chat.postMessage", channel="C1", attachments=[attachment])
    at = {"user": "U1", "channel": "C1", "message_ts": posted["ts"]}
    assert (await slack.control("action", **at, action_id="more"))["ok"]
    assert slack.bot.last()["message"]["attachments"][0]["color"] == "#36a64f"


async def test_where_people_cannot_write_nothing_is_said(slack: Slack) -> None:
    direct = slack.workspace.direct_messages("U1").id
    for limits, error in (
        ({"is_read_only": True}, None),
        ({"has_messages_tab": False}, "messages_tab_disabled"),
    ):
        slack.workspace.app = replace(slack.workspace.app, **limits)  # type: ignore[arg-type]  # flags both
        said = await slack.control("say", user="U1", channel=direct, text="Hello?")
        assert said["error"] == "messages_tab_is_read_only"
        assert (await slack.api("chat.postMessage", channel="U1", text="Hi")).get("error") == error


async def test_a_file_of_a_person_is_told_with_its_message(heard: Slack) -> None:
    async with heard.http.post(f"{heard.url}/_control/upload?user=U1&name=a.txt", data=b"ab") as response:
        file = (await response.json())["file"]["id"]
    await heard.control("say", user="U1", channel="C1", text="Here", files=[file])
    said, shared = await news(heard), await news(heard)
    (sent,) = said["files"]
    assert (said["subtype"], sent["user"], shared["type"], shared["file_id"]) == (
        "file_share",
        "U1",
        "file_shared",
        file,
    )
    async with heard.http.get(sent["url_private"]) as response:
        assert await response.read() == b"ab"


async def test_what_becomes_of_channels_files_people_and_direct_messages_is_told(heard: Slack) -> None:
    about = {"user": "U1", "channel": "C1"}
    await heard.control("channel", **about, topic="Invoices")
    await heard.api("conversations.setPurpose", channel="C1", purpose="Money")
    direct = (await heard.api("conversations.open", users="U1"))["channel"]["id"]
    for method in ("conversations.close", "conversations.open"):
        await heard.api(method, channel=direct)
    assert (await heard.api("conversations.open", channel=direct))["already_open"]
    told = [await news(heard) for _ in range(4)]
    assert [(one.get("subtype", one["type"]), one["user"]) for one in told] == [
        ("channel_topic", "U1"),
        ("channel_purpose", heard.workspace.app.bot_user_id),
        ("im_close", "U1"),
        ("im_open", "U1"),
    ]
    assert (told[0]["topic"], told[1]["purpose"]) == ("Invoices", "Money")
    assert told[0]["text"] == "<@U1> set the channel topic: Invoices"
    assert (await heard.control("channel", **about, topic="a" * 251))["error"] == "invalid_change"
    assert (await heard.control("user", user="U1", status_text="Away", is_away=True))["ok"]
    assert [(await news(heard))["type"] for _ in range(3)] == [
        "user_change",
        "user_profile_changed",
        "user_status_changed",
    ]
    assert (await heard.api("users.getPresence", user="U1"))["presence"] == "away"
    client = AsyncWebClient("xoxb-sandbox", base_url=f"{heard.url}/api/")
    file = (await client.files_upload_v2(filename="a.txt", content="ab"))["file"]["id"]
    await client.files_delete(file=file)
    assert [((one := await news(heard))["type"], one["file_id"]) for _ in range(2)] == [
        ("file_created", file),
        ("file_deleted", file),
    ]


async def test_a_deleted_message_with_replies_leaves_a_tombstone(heard: Slack) -> None:
    here = {"user": "U1", "channel": "C1"}
    root = (await heard.control("say", **here, text="Paid?"))["ts"]
    reply = (await heard.control("say", **here, text="Yes", thread_ts=root))["ts"]
    await heard.control("delete", **here, message_ts=root)
    *_, told = [await news(heard) for _ in range(3)]
    assert (told["subtype"], told["message"]["subtype"]) == ("message_changed", "tombstone")
    assert told["previous_message"]["text"] == "Paid?"
    stone, answer = (await heard.api("conversations.replies", channel="C1", ts=root))["messages"]
    assert (stone["hidden"], stone["user"], stone["reply_count"], answer["ts"]) == (
        True,
        "USLACKBOT",
        1,
        reply,
    )
    assert (await heard.control("delete", **here, message_ts=root))["error"] == "not_your_message"


async def test_the_app_shows_more_of_links_to_its_domain(heard: Slack) -> None:
    url = "https://desk.example/invoices/7"
    text = f"See <{url}> and https://other.example/7"
    said = await heard.control("say", user="U1", channel="C1", text=text)
    _, shared = await news(heard), await news(heard)
    assert (shared["links"], shared["message_ts"]) == ([{"domain": "desk.example", "url": url}], said["ts"])
    place = {"unfurl_id": shared["unfurl_id"], "source": shared["source"]}
    for where, words in (({"channel": "C1", "ts": said["ts"]}, "Invoice 7"), (place, "Invoice 7, paid")):
        assert (await heard.api("chat.unfurl", **where, unfurls={url: {"text": words}}))["ok"]
        (shown,) = (await news(heard))["message"]["attachments"]
        assert (shown["from_url"], shown["text"]) == (url, words)
    for wrong, error in (
        ({"https://other.example/7": {"text": "a"}}, "cannot_unfurl_url"),
        ({url: "Invoice 7"}, "invalid_attachments"),
        ({url: {"blocks": [{"type": "section"}]}}, "invalid_blocks"),
    ):
        assert (await heard.api("chat.unfurl", **place, unfurls=wrong))["error"] == error


async def test_a_link_becomes_a_work_object_whose_details_are_for_one_person(heard: Slack) -> None:
    url = "https://desk.example/invoices/7"
    said = await heard.control("say", user="U1", channel="C1", text=f"See <{url}>")
    _, shared = await news(heard), await news(heard)
    place = {"unfurl_id": shared["unfurl_id"], "source": shared["source"]}
    entity = {
        "entity_type": "slack#/entities/item",
        "url": url,
        "external_ref": {"id": "7", "type": "invoice"},
        "entity_payload": {
            "attributes": {"title": {"text": "Invoice 7"}},
            "custom_fields": [{"key": "state", "label": "State", "type": "string", "value": "paid"}],
        },
    }
    posted = {**entity, "app_unfurl_url": url}
    for wrong in (
        {},
        {"entities": [entity]},
        {"entities": [{**posted, "entity_type": "invoice"}]},
        {"entities": [{**posted, "entity_payload": {"attributes": {"title": "Invoice 7"}}}]},
        {"entities": [{**posted, "colour": "red"}]},
    ):
        assert (await heard.api("chat.unfurl", **place, metadata=wrong))["error"] == "invalid_metadata", wrong
    elsewhere = {**posted, "app_unfurl_url": "https://desk.example/invoices/8"}
    refused = await heard.api("chat.unfurl", **place, metadata={"entities": [elsewhere]})
    assert refused["error"] == "cannot_unfurl_url"
    assert (await heard.api("chat.unfurl", **place, metadata={"entities": [posted]}))["ok"]
    (card,) = (await news(heard))["message"]["attachments"]
    assert (card["fallback"], card["entity"]) == ("Invoice 7", posted)
    opened = {"user": "U1", "channel": "C1", "message_ts": said["ts"], "url": url}
    nowhere = await heard.control("open-entity", **{**opened, "url": "https://desk.example/invoices/8"})
    assert nowhere["error"] == "entity_not_found"
    assert (await heard.control("open-entity", **opened))["ok"]
    asked = await news(heard)
    assert (asked["external_ref"], asked["user"], asked["app_unfurl_url"]) == (
        entity["external_ref"],
        "U1",
        url,
    )
    trigger = {"trigger_id": asked["trigger_id"]}
    assert (await heard.api("entity.presentDetails", **trigger))["error"] == "invalid_metadata"
    assert (await heard.api("entity.presentDetails", **trigger, metadata=entity))["ok"]
    assert heard.workspace.details == {"U1": {"entity": entity, "error": None}}
    assert (await heard.api("entity.presentDetails", **trigger, metadata=entity))[
        "error"
    ] == "exchanged_trigger_id"
    assert (await heard.control("open-entity", **opened))["ok"]
    trigger = {"trigger_id": (await news(heard))["trigger_id"]}
    other = {**entity, "external_ref": {"id": "8"}}
    refused = await heard.api("entity.presentDetails", **trigger, metadata=other)
    assert refused["error"] == "entity_metadata_does_not_match_trigger"
    assert (await heard.control("open-entity", **opened))["ok"]
    trigger = {"trigger_id": (await news(heard))["trigger_id"]}
    assert (await heard.api("entity.presentDetails", **trigger, error={"status": "restricted"}))["ok"]
    assert heard.workspace.details["U1"]["error"] == {"status": "restricted"}


async def test_an_incoming_webhook_writes_into_the_channel(heard: Slack) -> None:
    app = heard.workspace.app
    url = f"{heard.url}/services/{heard.workspace.team.id}/{app.bot_id}"
    assert await heard.respond(f"{url}/other", text="Hi") == (404, "no_service")
    assert await heard.respond(f"{url}/sandbox") == (400, "no_text")
    assert await heard.respond(f"{url}/sandbox", text="Deployed") == (200, "ok")
    event = await news(heard)
    assert (event["text"], event["subtype"], event["channel"]) == ("Deployed", "bot_message", "C1")
