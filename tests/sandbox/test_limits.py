"""Rate limits: what is too much, what the app is told then, and that the workspace's clock makes it good."""

from datetime import datetime, timedelta

import pytest

from sandbox.api.limits import Limits
from sandbox.clock import TurnableClock
from tests.sandbox.workbench import START, Slack


class StandingClock(TurnableClock):
    """Moves only when it is turned."""

    def __call__(self) -> datetime:
        return START + self.turned


@pytest.mark.parametrize(
    ("method", "calls", "seconds"),
    [
        ("chat.postMessage", 25, 1),
        ("users.list", 20, 3),
        ("chat.update", 50, 2),
        ("views.open", 100, 1),
    ],
)
def test_a_method_takes_a_burst_and_then_its_pace(method: str, calls: int, seconds: int) -> None:
    limits = Limits(StandingClock(START))
    assert [limits.wait(method, {"channel": "C1"}) for _ in range(calls)] == [0] * calls
    assert limits.wait(method, {"channel": "C1"}) == seconds


def test_what_was_used_comes_back_with_time_and_no_more_than_there_was() -> None:
    limits = Limits(clock := StandingClock(START))
    for _ in range(20):
        limits.wait("users.list", {})
    clock.advance(timedelta(seconds=6))
    assert [limits.wait("users.list", {}) for _ in range(3)] == [0, 0, 3]
    clock.advance(timedelta(days=31))
    assert [limits.wait("users.list", {}) for _ in range(21)][-2:] == [0, 3]


def test_each_channel_and_each_method_has_its_own() -> None:
    limits = Limits(StandingClock(START))
    for _ in range(26):
        limits.wait("chat.postMessage", {"channel": "C1"})
    assert limits.wait("chat.postMessage", {"channel": "C2"}) == 0
    assert limits.wait("auth.test", {}) == 0
    assert limits.wait("chat.dance", {}) == 0


async def test_the_app_is_told_how_long_to_wait_and_turning_the_clock_is_waiting(slack: Slack) -> None:
    slack.sandbox.limits.clock = clock = StandingClock(START)
    for _ in range(25):
        assert (await slack.api("chat.postMessage", channel="C1", text="Hi"))["ok"]
    url, message = f"{slack.url}/api/chat.postMessage", {"channel": "C1", "text": "Hi"}
    headers = {"authorization": "Bearer xoxb-sandbox"}
    async with slack.http.post(url, json=message, headers=headers) as answer:
        assert (answer.status, answer.headers["retry-after"]) == (429, "1")
        assert (await answer.json())["error"] == "ratelimited"
    assert len(slack.workspace.messages) == 25
    clock.advance(timedelta(seconds=1))
    assert (await slack.api("chat.postMessage", channel="C1", text="Hi"))["ok"]
