"""What Slack sends to the app, and what it does when the app does not answer."""

import asyncio
from dataclasses import replace

import pytest
from slack_sdk.signature import SignatureVerifier

from tests.sandbox.workbench import SECRET, Slack, home, modal, plain, pretend_slack

BILLING = {"user": "U1", "channel": "C1", "command": "/billing", "text": "cancel"}


async def test_a_command_reaches_the_bot_signed(slack: Slack) -> None:
    answer = await slack.control("command", **BILLING)
    assert answer["ok"]
    assert answer["status"] == 200
    headers, body = slack.bot.received[-1]
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    assert slack.bot.last()["text"] == "cancel"


async def test_a_command_the_app_does_not_have_is_refused(slack: Slack) -> None:
    answer = await slack.control("command", **BILLING | {"command": "/other"})
    assert (answer["http"], answer["error"]) == (404, "unknown_command")


async def test_a_part_that_is_missing_is_named(slack: Slack) -> None:
    answer = await slack.control("command", user="U1")
    assert (answer["http"], answer["error"]) == (400, "missing_channel")


async def test_what_the_acknowledgement_says_is_shown_to_the_person_alone(slack: Slack) -> None:
    slack.bot.replies["command"] = {"text": "Only you see this"}
    await slack.control("command", **BILLING)
    (message,) = (await slack.look("state"))["messages"]
    assert (message["text"], message["ephemeral_to"]) == ("Only you see this", "U1")


async def test_a_command_without_an_answer_in_time_fails_in_slacks_words() -> None:
    async with pretend_slack(ack_seconds=0.05) as slack:
        slack.bot.replies["command"] = never = asyncio.Event()
        answer = await slack.control("command", **BILLING)
        never.set()
        assert (answer["ok"], answer["error"]) == (False, "operation_timeout")
        (message,) = (await slack.look("state"))["messages"]
        assert message["text"] == '/billing non è riuscito, errore "operation_timeout"'
        assert (message["user"], message["ephemeral_to"]) == ("USLACKBOT", "U1")


async def test_a_command_answered_with_an_error_fails_as_dispatch_failed(slack: Slack) -> None:
    slack.bot.replies["command"] = (500, "")
    assert (await slack.control("command", **BILLING))["error"] == "dispatch_failed"


async def test_an_event_is_tried_again_with_its_number_and_reason() -> None:
    async with pretend_slack(retry_delays=(0, 0, 0)) as slack:
        slack.bot.replies["event_callback"] = (500, "")
        await slack.control("open-home", user="U1")
        sent = [await asyncio.wait_for(slack.bot.arrived.get(), 2) for _ in range(4)]
        assert len({event["event_id"] for event in sent}) == 1
        numbers = [headers.get("x-slack-retry-num") for headers, _ in slack.bot.received]
        assert numbers == [None, "1", "2", "3"]
        assert slack.bot.received[1][0]["x-slack-retry-reason"] == "http_error"


async def test_a_click_in_a_message_brings_the_message_and_a_response_url(slack: Slack) -> None:
    posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=modal()["blocks"][:1])
    answer = await slack.control("action", user="U1", channel="C1", message_ts=posted["ts"], action_id="more")
    assert answer["ok"]
    payload = slack.bot.last()
    assert payload["message"]["ts"] == posted["ts"]
    assert payload["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "block_id": "buttons",
        "action_id": "more",
        "text": {"type": "plain_text", "text": "More"},
        "value": "1",
        "action_ts": "",
    }
    assert payload["response_url"].startswith(slack.url)


@pytest.mark.parametrize(
    "click",
    [{"action_id": "other"}, {"block_id": "other"}, {"value": "2"}, {"message_ts": "1.1"}, {"user": "U9"}],
)
async def test_a_button_that_is_not_there_cannot_be_clicked(slack: Slack, click: dict[str, str]) -> None:
    posted = await slack.api("chat.postMessage", channel="C1", text="Hi", blocks=modal()["blocks"][:1])
    real = {"user": "U1", "channel": "C1", "message_ts": posted["ts"], "action_id": "more"}
    assert (await slack.control("action", **real | click))["http"] == 404


async def test_only_the_one_who_sees_an_ephemeral_message_can_click_in_it(slack: Slack) -> None:
    posted = await slack.api(
        "chat.postEphemeral", channel="C1", user="U1", text="Hi", blocks=modal()["blocks"][:1]
    )
    click = {"channel": "C1", "message_ts": posted["message_ts"], "action_id": "more"}
    assert (await slack.control("action", user="U2", **click))["http"] == 404
    assert (await slack.control("action", user="U1", **click))["ok"]
    assert "message" not in slack.bot.last()
    assert slack.bot.last()["container"]["is_ephemeral"] is True


async def test_over_http_nobody_is_asked_for_options_without_an_address_for_it(slack: Slack) -> None:
    select = {"type": "external_select", "action_id": "zone", "min_query_length": 0}
    view = await slack.open_modal(blocks=[{"type": "actions", "block_id": "b", "elements": [select]}])
    asked = {"user": "U1", "view_id": view["id"], "action_id": "zone", "value": "rom"}
    slack.workspace.app = replace(slack.workspace.app, has_options_url=False)
    before = len(slack.bot.received)
    assert (await slack.control("options", **asked))["error"] == "no_options_url"
    assert len(slack.bot.received) == before


async def test_an_external_select_asks_the_app_for_its_options(slack: Slack) -> None:
    select = {"type": "external_select", "action_id": "invoice"}
    fields = [{"type": "input", "block_id": "which", "label": plain("Which?"), "element": select}]
    view = await slack.open_modal(blocks=fields)
    options = [{"text": plain("2026-000123"), "value": "123"}]
    asked = {"user": "U1", "view_id": view["id"], "action_id": "invoice", "value": "2026"}
    slack.bot.replies["block_suggestion"] = {"options": options}
    assert (await slack.control("options", **asked))["options"] == options
    assert (slack.bot.last()["value"], slack.bot.last()["block_id"]) == ("2026", "which")
    slack.bot.replies["block_suggestion"] = {"options": options * 101}
    assert (await slack.control("options", **asked))["error"] == "invalid_options"
    chosen = {"which": {"invoice": options[0]}}
    await slack.control("submit", user="U1", view_id=view["id"], values=chosen)
    sent = slack.bot.last()["view"]["state"]["values"]["which"]["invoice"]
    assert sent["selected_option"] == options[0]


async def test_a_shortcut_and_a_look_at_the_home_reach_the_bot(slack: Slack) -> None:
    assert (await slack.control("shortcut", user="U1", callback_id="home.open"))["ok"]
    assert slack.bot.last()["callback_id"] == "home.open"
    await slack.api("views.publish", user_id="U1", view=home("Welcome"))
    assert (await slack.control("open-home", user="U1"))["ok"]
    assert slack.bot.last()["event"]["view"]["type"] == "home"


async def test_the_app_hears_when_a_person_changes(slack: Slack) -> None:
    await slack.sandbox.change_user("U2", is_admin=True)
    assert slack.bot.last()["event"]["user"]["is_admin"] is True


async def test_the_log_keeps_both_directions_and_no_secret(slack: Slack) -> None:
    await slack.control("command", **BILLING)
    await slack.api("auth.test")
    async with slack.http.post(f"{slack.url}/api/auth.test", data={"token": "xoxb-sandbox"}):
        pass
    log = (await slack.look("log"))["log"]
    assert [entry["direction"] for entry in log] == ["delivery", "call", "call"]
    assert log[0]["payload"]["token"] == "(hidden)"
    assert "xoxb" not in str(log)
