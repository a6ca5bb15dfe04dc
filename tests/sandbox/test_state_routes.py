"""What the page reads in parts: older messages, threads, the log; and how changes reach it."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from sandbox.stream import Stream
from tests.sandbox.workbench import Slack


def _said(slack: Slack, count: int, channel: str = "C1", thread_ts: str | None = None) -> list[str]:
    return [
        slack.workspace.post(channel, "U1", f"No. {number}", thread_ts=thread_ts).ts
        for number in range(count)
    ]


def _texts(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [message["text"] for message in answer["messages"]]


async def test_the_page_gets_the_newest_messages_and_asks_for_older_ones(slack: Slack) -> None:
    _said(slack, 5)
    _said(slack, 1, "C2")
    state = await slack.look("state?messages=2")
    assert _texts(state) == ["No. 3", "No. 4", "No. 0"]
    assert state["older"].keys() == {"C1"}
    page = await slack.look(f"messages?channel=C1&before={state['older']['C1']}&limit=2")
    assert _texts(page) == ["No. 1", "No. 2"]
    last = await slack.look(f"messages?channel=C1&before={page['older']}&limit=2")
    assert (_texts(last), last["older"]) == (["No. 0"], None)


async def test_a_script_gets_all_messages_at_once(slack: Slack) -> None:
    _said(slack, 120)
    assert len((await slack.look("state"))["messages"]) == 120


async def test_a_script_that_asks_again_and_again_can_do_without_the_clock(slack: Slack) -> None:
    whole = await slack.look("state")
    assert whole.pop("clock")
    assert await slack.look("state?clock=false") == whole


async def test_a_thread_is_read_whole(slack: Slack) -> None:
    (root,) = _said(slack, 1)
    _said(slack, 1)
    _said(slack, 2, thread_ts=root)
    assert _texts(await slack.look(f"messages?channel=C1&thread={root}")) == ["No. 0", "No. 0", "No. 1"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("messages?channel=C9&before=1.0", "channel_not_found"),
        ("messages?channel=C1&before=soon", "invalid_before"),
        ("messages?channel=C1&before=1.0&limit=many", "invalid_limit"),
        ("state?messages=all", "invalid_messages"),
        ("log?after=x", "invalid_after"),
    ],
)
async def test_what_cannot_be_read_is_refused(slack: Slack, asked: str, error: str) -> None:
    assert (await slack.look(asked))["error"] == error


async def _change(events: AsyncIterator[str]) -> dict[str, object]:
    return dict(json.loads((await anext(events)).removeprefix("data: ")))


async def test_a_change_is_on_its_way_as_soon_as_it_is_made() -> None:
    """Nothing polls: the reader that waits is woken by the change itself."""
    stream = Stream()
    events = stream.events()
    await anext(events)
    reading = asyncio.create_task(_change(events))
    await asyncio.sleep(0)
    stream.send({"kind": "message", "message": "Ciao"})
    turns = 0
    while not reading.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns <= 10
    assert (await reading)["message"] == "Ciao"


async def test_only_who_asks_is_told_of_the_log(slack: Slack) -> None:
    async with (
        slack.http.get(f"{slack.url}/_control/stream?log=true") as inspector,
        slack.http.get(f"{slack.url}/_control/stream") as page,
    ):
        for stream in (inspector, page):
            await stream.content.readuntil(b"\n\n")
        await slack.api("auth.test")
        await slack.control("say", user="U1", channel="C1", text="Ciao")
        seen = [
            json.loads((await stream.content.readuntil(b"\n\n")).removeprefix(b"data: "))
            for stream in (inspector, page)
        ]
    assert seen[0] == {"kind": "log", "number": 1}
    assert seen[1]["kind"] == "message"
