"""Runs listeners: Slack gets its answer in the moment of the ack, and nothing is lost when a listener fails later."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.listener.async_listener import AsyncListener
from slack_bolt.listener.asyncio_runner import AsyncioListenerRunner
from slack_bolt.response import BoltResponse

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Billing is synchronous: its work is done in the one bounded pool of threads."""
    return await in_pool(None, function, *args, **kwargs)


async def in_pool(pool: Executor | None, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same in another pool: what waits for a bank keeps none of the few threads that all the others need."""
    call = partial(copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool, call)


class SignallingAck(AsyncAck):
    """An ack that says when it has been given; only the first one counts."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt gives it no types
        self.given = asyncio.Event()

    async def __call__(self, *args: Any, **kwargs: Any) -> BoltResponse:
        if self.response is None:
            await super().__call__(*args, **kwargs)
            self.given.set()
        assert self.response is not None
        return self.response


class EventDrivenRunner(AsyncioListenerRunner):
    """Answers Slack as soon as the listener acks or ends, without the stock runner's 10 ms poll.

    An exception after the ack does not take the ack back, as it does there. Its tasks are kept until they end.
    """

    def __init__(self, stock: AsyncioListenerRunner) -> None:
        super().__init__(
            stock.logger,
            stock.process_before_response,
            stock.listener_error_handler,
            stock.listener_start_handler,
            stock.listener_completion_handler,
            stock.lazy_listener_runner,
        )
        self.running: set[asyncio.Task[None]] = set()

    async def run(
        self,
        request: AsyncBoltRequest,
        response: BoltResponse | None,
        listener_name: str,
        listener: AsyncListener,
        starting_time: float | None = None,
    ) -> BoltResponse | None:
        ack = SignallingAck()
        request.context["ack"] = ack
        if listener.auto_acknowledgement:
            await ack()
        task = asyncio.create_task(self._listen(request, listener, ack))
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        waiting = asyncio.create_task(ack.given.wait())
        await asyncio.wait(
            {task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=listener.ack_timeout or None
        )
        waiting.cancel()
        return ack.response

    async def drain(self, seconds: float) -> None:
        """Waits until every listener that has begun has ended, but no longer than that."""
        if self.running:
            _, late = await asyncio.wait(self.running, timeout=seconds)
            if late:
                log.warning("listeners were given up", count=len(late))

    async def _listen(self, request: AsyncBoltRequest, listener: AsyncListener, ack: SignallingAck) -> None:
        try:
            await listener.run_ack_function(request=request, response=BoltResponse(status=200))
        except Exception:  # the last net: our listeners tell the person themselves, this one tells the log
            log.exception("listener failed")
            if ack.response is None:
                ack.response = BoltResponse(status=500)


def install_runner(app: AsyncApp) -> EventDrivenRunner:
    """Puts our runner in the place of Bolt's own."""
    runner = EventDrivenRunner(app._async_listener_runner)
    app._async_listener_runner = runner
    return runner
