"""Response URLs: five answers to one gesture, seen by the person who made it."""

from typing import Any

from tests.sandbox.workbench import Slack, modal, pretend_slack


async def _asked(slack: Slack) -> str:
    await slack.trigger()
    return str(slack.bot.last()["response_url"])


async def _clicked(slack: Slack, **where: Any) -> str:
    """The response URL of a click on a message of the app."""
    blocks = modal()["blocks"][:1]
    ephemeral = "user" in where
    method = "chat.postEphemeral" if ephemeral else "chat.postMessage"
    posted = await slack.api(method, channel="C1", text="Sure?", blocks=blocks, **where)
    ts = posted["message_ts" if ephemeral else "ts"]
    await slack.control("action", user="U1", channel="C1", message_ts=ts, action_id="more")
    return str(slack.bot.last()["response_url"])


async def _messages(slack: Slack) -> list[tuple[str, str | None]]:
    state = await slack.look("state")
    return [(message["text"], message["ephemeral_to"]) for message in state["messages"]]


async def test_a_response_url_works_five_times(slack: Slack) -> None:
    url = await _asked(slack)
    answers = [await slack.respond(url, text=f"No. {number}") for number in range(6)]
    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5] == (404, '{"ok":false,"error":"used_url"}')


async def test_a_response_url_expires() -> None:
    async with pretend_slack(response_seconds=0) as slack:
        status, said = await slack.respond(await _asked(slack), text="Late")
        assert (status, said) == (404, '{"ok":false,"error":"expired_url"}')


async def test_an_answer_is_private_unless_it_says_otherwise(slack: Slack) -> None:
    url = await _asked(slack)
    await slack.respond(url, text="For you")
    await slack.respond(url, text="For all", response_type="in_channel")
    assert await _messages(slack) == [("For you", "U1"), ("For all", None)]


async def test_the_original_is_replaced_or_deleted(slack: Slack) -> None:
    url = await _clicked(slack)
    await slack.respond(url, text="Done", replace_original=True)
    assert await _messages(slack) == [("Done", None)]
    await slack.respond(url, delete_original=True)
    assert await _messages(slack) == []


async def test_an_ephemeral_message_stays_ephemeral(slack: Slack) -> None:
    url = await _clicked(slack, user="U1")
    await slack.respond(url, text="Done", replace_original=True, response_type="in_channel")
    assert await _messages(slack) == [("Done", "U1")]


async def test_invalid_blocks_are_refused_here_too(slack: Slack) -> None:
    status, said = await slack.respond(await _asked(slack), text="Hi", blocks=[{"type": "dance"}])
    assert status == 400
    assert "invalid_blocks" in said
