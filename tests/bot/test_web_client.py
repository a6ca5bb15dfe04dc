"""The client of the Web API is patient with what it posts, and with nothing else."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from bot.web_client import SlackClient
from tests.bot.conftest import FarSide


@pytest.mark.parametrize("post", ["chat.postMessage", "files.completeUploadExternal"])
async def test_what_is_posted_is_waited_for_longer_than_a_form(far_side: FarSide, post: str) -> None:
    far_side.silent_methods.update({post, "views.open"})
    async with ClientSession() as session:
        slack = SlackClient("xoxb-test", far_side.url, session, seconds=0.05)
        posting = asyncio.create_task(slack.api_call(post))
        with pytest.raises(TimeoutError):
            await slack.api_call("views.open")
        assert not posting.done()
        far_side.spoken.set()
        assert (await posting)["ok"]
    assert [method for method, _ in far_side.calls].count(post) == 1
