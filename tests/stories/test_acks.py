"""Slack has its ack within a second from every listener, though the database is slow and Slack's own API is down."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from billing import Billing
from sandbox.demo import EMMA
from tests.stories.attempts import Row, Timed
from tests.stories.conversation import Conversation
from tests.stories.listeners import ROWS, piazzas
from tests.stories.wire import Wire

ACK_SECONDS, DELAY_SECONDS = 1.0, 0.5
# All that the app asks of Slack's API while it listens to somebody.
API = (
    *("users.info", "views.open", "views.push", "views.update", "views.publish", "chat.postMessage"),
    *("chat.update", "conversations.open", "conversations.info", "files.getUploadURLExternal"),
)
# What is acked with its outcome shares the machine with few others, the rest with many.
BATCHES = {"submission": 4, "suggestion": 4, "word": 5, "action": 5, "shortcut": 5}


@contextmanager
def gate_before_the_database(billing: Billing) -> Iterator[threading.Event]:
    """While that event is not set, whoever asks the database for anything waits."""
    free = threading.Event()
    free.set()

    def wait(*_: object) -> None:
        if threading.current_thread() is not threading.main_thread():  # there the test itself reads
            free.wait()

    event.listen(billing.engine, "checkout", wait)
    yield free
    free.set()


async def acked_meanwhile(
    slack: Conversation, free: threading.Event, rows: Sequence[tuple[str, Row, str]]
) -> dict[str, float]:
    """How long each of them took to be acked, all sent at the moment from which on the database takes so long."""
    tries = {name: Timed(Wire(slack), EMMA) for name, _, _ in rows}
    free.clear()
    opening = asyncio.get_running_loop().call_later(DELAY_SECONDS, free.set)
    await asyncio.gather(*(row.use(tries[name], some_id) for name, row, some_id in rows))
    opening.cancel()
    free.set()  # what is acked before it asks has nothing to wait for
    return {name: max(one.acks) for name, one in tries.items()}


@pytest.mark.parametrize("kind", BATCHES)
async def test_every_listener_acks_in_time_though_the_database_is_slow_and_slack_is_down(
    demo_slack: Conversation, kind: str
) -> None:
    demo_slack.may_fail.add("turns")
    emma = demo_slack.as_person(EMMA)
    await emma.types("/billing help")
    await emma.reads("Commands")  # by then it is known who she is
    rows = [(name, row, piazzas(demo_slack, row.noun)) for (what, name), row in ROWS.items() if what == kind]
    for method in API:
        await demo_slack.slack_fails(method, "500", times=500)
    size = BATCHES[kind]
    with gate_before_the_database(demo_slack.session.billing) as free:
        for start in range(0, len(rows), size):
            acks = await acked_meanwhile(demo_slack, free, rows[start : start + size])
            assert not {name: seconds for name, seconds in acks.items() if seconds >= ACK_SECONDS}
