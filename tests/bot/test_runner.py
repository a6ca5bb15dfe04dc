"""The runner: Slack has its answer in the moment of the ack, and keeps it whatever happens to the listener."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from bot.runner import Body, Handler, Pending, Runner, SignallingAck

COMMAND = "command=%2Fbilling&text=&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1&response_url=x"
Listener = Callable[[SignallingAck], Pending]


def an_app(listener: Listener, *, answers: bool = False, ack_seconds: float = 2.5) -> tuple[AsyncApp, Runner]:
    async def authorize(**_: object) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U0"
        )

    def handle(_body: Body, ack: SignallingAck) -> Pending:
        return listener(ack)

    app = AsyncApp(authorize=authorize, signing_secret="s", request_verification_enabled=False)
    runner = Runner(
        lambda body: Handler(handle, answers=answers) if body.get("command") == "/billing" else None,
        ack_seconds,
    )
    app.use(runner)
    return app, runner


async def dispatched(app: AsyncApp, body: str = COMMAND) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = {"content-type": ["application/x-www-form-urlencoded"]}
    return await app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))


async def test_the_answer_is_given_with_the_ack_while_the_listener_goes_on() -> None:
    may_end, ended = asyncio.Event(), asyncio.Event()

    async def listener(ack: SignallingAck) -> None:
        await ack("as soon as it is known")
        await may_end.wait()
        ended.set()

    app, runner = an_app(listener, answers=True)
    answer = await dispatched(app)
    assert (answer.status, answer.body) == (200, "as soon as it is known")
    assert not ended.is_set()
    assert runner.running
    may_end.set()
    await runner.drain(5)
    assert ended.is_set()


async def test_what_does_not_answer_by_itself_is_acked_before_it_begins() -> None:
    begun = asyncio.Event()

    async def listener(ack: SignallingAck) -> None:
        assert ack.response is not None
        begun.set()

    app, runner = an_app(listener)
    answer = await dispatched(app)
    assert (answer.status, answer.body) == (200, "")
    assert not begun.is_set()
    await runner.drain(5)
    assert begun.is_set()


async def test_draining_waits_for_every_listener_that_has_begun() -> None:
    may_end = asyncio.Event()
    ended: list[int] = []

    async def listener(_ack: SignallingAck) -> None:
        await may_end.wait()
        ended.append(1)

    app, runner = an_app(listener)
    for _ in range(3):
        await dispatched(app)
    drained = asyncio.create_task(runner.drain(5))
    await asyncio.sleep(0)
    assert not drained.done()
    may_end.set()
    await drained
    assert ended == [1, 1, 1]
    assert not runner.running


async def test_an_exception_after_the_ack_does_not_take_the_ack_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def listener(ack: SignallingAck) -> None:
        await ack("kept")
        raise ValueError("afterwards")

    app, runner = an_app(listener, answers=True)
    answer = await dispatched(app)
    await runner.drain(5)
    assert (answer.status, answer.body) == (200, "kept")
    assert "listener failed" in capsys.readouterr().err


async def test_an_exception_before_the_ack_answers_500_so_that_slack_tells_the_person() -> None:
    async def listener(_ack: SignallingAck) -> None:
        raise ValueError("before")

    app, runner = an_app(listener, answers=True)
    assert (await dispatched(app)).status == 500
    await runner.drain(5)


async def test_what_nobody_hears_gets_a_404() -> None:
    async def listener(_ack: SignallingAck) -> None:
        raise AssertionError("this is not for it")

    app, runner = an_app(listener)
    assert (await dispatched(app, COMMAND.replace("billing", "other"))).status == 404
    assert not runner.running


async def test_only_the_first_ack_counts() -> None:
    ack = SignallingAck()
    first = await ack("first")
    second = await ack(response_action="clear")
    assert first is second
    assert second.body == "first"


async def test_a_listener_that_never_acks_is_answered_when_it_ends() -> None:
    async def listener(_ack: SignallingAck) -> None:
        pass

    app, runner = an_app(listener, answers=True)
    assert (await dispatched(app)).status == 200
    await runner.drain(5)


async def test_what_takes_too_long_is_acked_without_its_outcome_and_nothing_of_it_is_logged(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    may_end, late = asyncio.Event(), []

    async def listener(ack: SignallingAck) -> None:
        await may_end.wait()
        late.append(ack.is_late)
        await ack("too late")

    app, runner = an_app(listener, answers=True, ack_seconds=0)
    answer = await dispatched(app, f"{COMMAND}&secret=confidential")
    assert (answer.status, answer.body) == (200, "")
    may_end.set()
    await runner.drain(5)
    assert late == [True]
    printed = capsys.readouterr()
    assert "confidential" not in printed.out + printed.err + caplog.text
