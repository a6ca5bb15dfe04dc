"""Modals and Homes: what the Web API allows, and what becomes of a submission."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.workbench import Slack, home, modal, plain, pretend_slack

FILLED = {"reason": {"text": "Too dear"}}


async def test_a_trigger_opens_one_view_only(slack: Slack) -> None:
    trigger_id = await slack.trigger()
    assert (await slack.api("views.open", trigger_id=trigger_id, view=modal()))["ok"]
    again = await slack.api("views.open", trigger_id=trigger_id, view=modal())
    assert again["error"] == "exchanged_trigger_id"


async def test_a_trigger_expires() -> None:
    async with pretend_slack(trigger_seconds=0) as slack:
        late = await slack.api("views.open", trigger_id=await slack.trigger(), view=modal())
        assert late["error"] == "expired_trigger_id"


async def test_an_invented_trigger_is_refused(slack: Slack) -> None:
    assert (await slack.api("views.open", trigger_id="1.2.3", view=modal()))["error"] == "invalid_trigger_id"


async def test_a_view_can_be_pushed_only_from_inside_a_modal(slack: Slack) -> None:
    await slack.open_modal()
    outside = await slack.api("views.push", trigger_id=await slack.trigger(), view=modal())
    assert outside["error"] == "invalid_trigger_id"


async def test_three_views_are_the_most(slack: Slack) -> None:
    first = await slack.open_modal()
    second = await slack.push_modal()
    assert second["view"]["previous_view_id"] == first["id"]
    assert (await slack.push_modal())["view"]["root_view_id"] == first["id"]
    assert (await slack.push_modal())["error"] == "push_limit_reached"
    assert len((await slack.look("state"))["views"]["U1"]) == 3


async def test_a_stale_hash_conflicts(slack: Slack) -> None:
    view = await slack.open_modal()
    fresh = await slack.api("views.update", view_id=view["id"], hash=view["hash"], view=modal())
    assert fresh["ok"]
    stale = await slack.api("views.update", view_id=view["id"], hash=view["hash"], view=modal())
    assert stale["error"] == "hash_conflict"
    published = await slack.api("views.publish", user_id="U1", view=home("One"))
    old = published["view"]["hash"]
    assert (await slack.api("views.publish", user_id="U1", view=home("Two"), hash=old))["ok"]
    third = await slack.api("views.publish", user_id="U1", view=home("Three"), hash=old)
    assert third["error"] == "hash_conflict"


async def test_a_view_that_is_not_open_cannot_be_updated(slack: Slack) -> None:
    assert (await slack.api("views.update", view_id="V1", view=modal()))["error"] == "not_found"


async def test_an_invalid_view_is_refused_with_what_is_wrong(slack: Slack) -> None:
    answer = await slack.api(
        "views.open", trigger_id=await slack.trigger(), view=modal(title=plain("x" * 25))
    )
    assert answer["error"] == "invalid_arguments"
    (message,) = answer["response_metadata"]["messages"]
    assert message == "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"


async def test_a_view_over_250_kilobytes_is_too_large(slack: Slack) -> None:
    blocks = [{"type": "section", "text": plain("x" * 2900)} for _ in range(90)]
    answer = await slack.api("views.publish", user_id="U1", view={"type": "home", "blocks": blocks})
    assert answer["error"] == "view_too_large"


async def test_an_external_id_names_one_view(slack: Slack) -> None:
    await slack.open_modal(external_id="mine")
    assert (await slack.push_modal(external_id="mine"))["error"] == "duplicate_external_id"
    assert (await slack.api("views.update", external_id="mine", view=modal(external_id="mine")))["ok"]


@pytest.mark.parametrize(
    ("reply", "outcome", "left"),
    [
        ("", "closed", 1),
        ({}, "closed", 1),
        ({"response_action": "clear"}, "cleared", 0),
        ({"response_action": "update", "view": modal()}, "updated", 2),
        ({"response_action": "push", "view": modal()}, "pushed", 3),
        ({"response_action": "errors", "errors": {"reason": "Say more"}}, "errors", 2),
    ],
)
async def test_the_reply_decides_what_a_submission_leaves_open(
    slack: Slack, reply: Any, outcome: str, left: int
) -> None:
    await slack.open_modal()
    top = (await slack.push_modal())["view"]
    slack.bot.replies["view_submission"] = reply
    answer = await slack.control("submit", user="U1", view_id=top["id"], values=FILLED)
    assert answer["outcome"] == outcome
    assert len((await slack.look("state"))["views"]["U1"]) == left
    sent = slack.bot.last()["view"]["state"]["values"]["reason"]["text"]
    assert sent == {"type": "plain_text_input", "value": "Too dear"}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("OK", "malformed_response"),
        ({"response_action": "dance"}, "malformed_response"),
        ({"response_action": "errors", "errors": {}}, "malformed_response"),
        ({"response_action": "errors", "errors": {"buttons": "No"}}, "unknown_block_ids"),
        ({"response_action": "update", "view": modal(submit=None)}, "invalid_arguments"),
    ],
)
async def test_a_reply_that_slack_does_not_take_is_trouble(slack: Slack, reply: Any, error: str) -> None:
    view = await slack.open_modal()
    slack.bot.replies["view_submission"] = reply
    answer = await slack.control("submit", user="U1", view_id=view["id"], values=FILLED)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert len((await slack.look("state"))["views"]["U1"]) == 1
    assert (await slack.look("log"))["log"][-1]["response"]["error"] == error


async def test_a_submission_without_an_answer_in_time_leaves_the_view_open() -> None:
    async with pretend_slack(ack_seconds=0.05) as slack:
        view = await slack.open_modal()
        slack.bot.replies["view_submission"] = never = asyncio.Event()
        answer = await slack.control("submit", user="U1", view_id=view["id"], values=FILLED)
        never.set()
        assert answer["error"] == "operation_timeout"
        assert len((await slack.look("state"))["views"]["U1"]) == 1


@pytest.mark.parametrize(
    ("locale", "typed", "words"),
    [
        ("en-GB", "", "Please complete this required field."),
        ("en-GB", "ab", "Please enter at least 3 characters."),
        ("it-IT", "", "Compila questo campo obbligatorio."),
        ("it-IT", "ab", "Inserisci almeno 3 caratteri."),
    ],
)
async def test_slack_itself_refuses_an_incomplete_form(
    slack: Slack, locale: str, typed: str, words: str
) -> None:
    await slack.sandbox.change_user("U1", locale=locale)
    view = await slack.open_modal()
    before = len(slack.bot.received)
    values = {"reason": {"text": typed}}
    answer = await slack.control("submit", user="U1", view_id=view["id"], values=values)
    assert answer["outcome"] == "errors"
    assert answer["errors"] == {"reason": words}
    assert len(slack.bot.received) == before


async def test_a_field_or_option_that_is_not_there_cannot_be_filled(slack: Slack) -> None:
    option = {"text": plain("Yes"), "value": "yes"}
    choice = {"type": "radio_buttons", "action_id": "sure", "options": [option]}
    view = await slack.open_modal(
        blocks=[{"type": "input", "block_id": "sure", "label": plain("Sure?"), "element": choice}]
    )
    for values in ({"other": {"sure": "yes"}}, {"sure": {"sure": "no"}}):
        refused = await slack.control("submit", user="U1", view_id=view["id"], values=values)
        assert refused["http"] == 404
    await slack.control("submit", user="U1", view_id=view["id"], values={"sure": {"sure": "yes"}})
    assert slack.bot.last()["view"]["state"]["values"]["sure"]["sure"]["selected_option"] == option


async def test_rich_text_is_handed_on_as_it_was_typed(slack: Slack) -> None:
    note = {"type": "rich_text_input", "action_id": "note"}
    view = await slack.open_modal(
        blocks=[{"type": "input", "block_id": "note", "label": plain("Note"), "element": note}]
    )
    bold = {"type": "text", "text": "today", "style": {"bold": True}}
    typed = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [bold]}]}

    async def submit(value: object) -> dict[str, object]:
        return await slack.control("submit", user="U1", view_id=view["id"], values={"note": {"note": value}})

    assert (await submit({"type": "divider"}))["error"] == "invalid_rich_text"
    assert (await submit(None))["outcome"] == "errors"
    assert (await submit(typed))["outcome"] == "closed"
    entry = slack.bot.last()["view"]["state"]["values"]["note"]["note"]
    assert entry == {"type": "rich_text_input", "rich_text_value": typed}


async def test_what_was_typed_outlives_an_update_of_the_view(slack: Slack) -> None:
    view = await slack.open_modal()
    await slack.control("action", user="U1", view_id=view["id"], action_id="more", state=FILLED)
    assert slack.bot.last()["view"]["state"]["values"]["reason"]["text"]["value"] == "Too dear"
    renewed = await slack.api("views.update", view_id=view["id"], view=modal(title=plain("Sure?")))
    assert renewed["view"]["state"]["values"]["reason"]["text"]["value"] == "Too dear"


async def test_closing_tells_the_app_when_it_asked_to_know(slack: Slack) -> None:
    view = await slack.open_modal(notify_on_close=True)
    assert (await slack.control("close", user="U1", view_id=view["id"]))["ok"]
    assert (slack.bot.last()["type"], slack.bot.last()["is_cleared"]) == ("view_closed", False)
    assert (await slack.look("state"))["views"]["U1"] == []


async def test_closing_a_view_that_clears_closes_all_and_tells_of_each(slack: Slack) -> None:
    await slack.open_modal(notify_on_close=True)
    top = (await slack.push_modal(clear_on_close=True, notify_on_close=True))["view"]
    before = len(slack.bot.received)
    await slack.control("close", user="U1", view_id=top["id"])
    assert (await slack.look("state"))["views"]["U1"] == []
    assert len(slack.bot.received) == before + 2
    assert slack.bot.last()["is_cleared"] is True


async def test_one_person_cannot_submit_anothers_view(slack: Slack) -> None:
    view = await slack.open_modal()
    refused = await slack.control("submit", user="U2", view_id=view["id"], values=FILLED)
    assert (refused["http"], refused["error"]) == (404, "view_not_found")


async def test_a_menu_of_many_and_a_moment_are_sent_as_slack_sends_them(slack: Slack) -> None:
    people = {"type": "multi_users_select", "action_id": "people", "max_selected_items": 2}
    moment = {"type": "datetimepicker", "action_id": "at", "initial_date_time": 1628633820}
    fields = [
        {"type": "input", "block_id": name, "label": plain(name), "element": element}
        for name, element in (("who", people), ("when", moment))
    ]
    view = await slack.open_modal(blocks=fields)
    assert view["state"]["values"]["who"]["people"]["selected_users"] == []
    chosen = {"who": {"people": ["U1", "U2"]}, "when": {"at": 1628633900}}
    too_many = {"who": {"people": ["U1", "U2", "U3"]}}
    refused = await slack.control("submit", user="U1", view_id=view["id"], values=too_many)
    assert refused["error"] == "too_many_selected"
    assert (await slack.control("submit", user="U1", view_id=view["id"], values=chosen))["ok"]
    sent = slack.bot.last()["view"]["state"]["values"]
    assert sent["who"]["people"] == {"type": "multi_users_select", "selected_users": ["U1", "U2"]}
    assert sent["when"]["at"] == {"type": "datetimepicker", "selected_date_time": 1628633900}


async def test_the_buttons_of_cards_and_of_context_actions_are_pressed(slack: Slack) -> None:
    look = {"type": "button", "text": plain("Look"), "action_id": "look", "value": "1"}
    buttons = {kind: {"text": plain("+"), "value": kind} for kind in ("positive_button", "negative_button")}
    helped = {"type": "feedback_buttons", "action_id": "helped", **buttons}
    trash = {"type": "icon_button", "action_id": "trash", "icon": "trash", "text": plain("Delete")}
    blocks = [
        {"type": "card", "title": plain("AI Assist"), "actions": [look]},
        {"type": "context_actions", "elements": [helped, trash]},
    ]
    posted = await slack.api("chat.postMessage", channel="C1", text="Cards", blocks=blocks)
    where = {"user": "U1", "channel": "C1", "message_ts": posted["ts"]}
    for action_id, value in (("look", "1"), ("helped", "negative_button"), ("trash", None)):
        assert (await slack.control("action", **where, action_id=action_id, value=value))["ok"]
        (action,) = slack.bot.last()["actions"]
        assert (action["action_id"], action.get("value")) == (action_id, value)
        assert action["text"]["type"] == "plain_text"
    nobody = await slack.control("action", **where, action_id="helped", value="perhaps")
    assert nobody["error"] == "element_not_found"


async def test_a_field_in_a_container_and_a_file_are_submitted(slack: Slack) -> None:
    contract = {"type": "file_input", "action_id": "file", "filetypes": ["pdf"], "max_files": 1}
    reason = {"type": "plain_text_input", "action_id": "text"}
    within = [
        {"type": "input", "block_id": "contract", "label": plain("Contract"), "element": contract},
        {"type": "input", "block_id": "reason", "label": plain("Reason"), "element": reason},
    ]
    view = await slack.open_modal(
        blocks=[{"type": "container", "title": plain("Both"), "child_blocks": within}]
    )
    files = {}
    for name in ("contract.pdf", "contract.exe"):
        async with slack.http.post(
            f"{slack.url}/_control/upload?user=U1&name={name}", data=b"%PDF"
        ) as response:
            files[name] = (await response.json())["file"]["id"]

    async def submitted(*names: str) -> dict[str, Any]:
        values = {"contract": {"file": [files[name] for name in names]}, "reason": {"text": "Signed"}}
        return await slack.control("submit", user="U1", view_id=view["id"], values=values)

    assert (await submitted("contract.exe"))["error"] == "invalid_filetype"
    assert (await submitted("contract.pdf", "contract.pdf"))["error"] == "too_many_selected"
    assert list((await submitted())["errors"]) == ["contract"]
    assert (await submitted("contract.pdf"))["outcome"] == "closed"
    state = slack.bot.last()["view"]["state"]["values"]
    (sent,) = state["contract"]["file"]["files"]
    assert (sent["name"], sent["user"], state["reason"]["text"]["value"]) == ("contract.pdf", "U1", "Signed")
