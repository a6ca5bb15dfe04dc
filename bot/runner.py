"""Routes Slack's requests to their handlers; replies once they ack, and loses no ack when more fails later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Executor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.response import BoltResponse

P = ParamSpec("P")
R = TypeVar("R")
Body = dict[str, Any]
Pending = Coroutine[Any, Any, None]
# Slack waits for three seconds, on its side of the wire.
MAX_ACK_SECONDS = 2.5
log = structlog.get_logger()


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Billing is synchronous: its work is done in the one bounded pool of threads."""
    return await in_pool(None, function, *args, **kwargs)


async def in_pool(pool: Executor | None, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same in another pool: what waits for a bank keeps none of the few threads that all the others need."""
    call = partial(copy_context().run, partial(function, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool, call)


class SignallingAck(AsyncAck):
    """An ack that says when it has been given; only the first one counts.

    `is_late`: Slack could not wait for it and has an empty one; what the listener says reaches nobody by it.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bolt gives it no types
        self.settled = asyncio.Event()
        self.is_late = False

    async def __call__(self, *args: Any, **kwargs: Any) -> BoltResponse:
        if self.response is None:
            await super().__call__(*args, **kwargs)
            self.settled.set()
        assert self.response is not None
        return self.response

    async def give_late(self) -> None:
        """In place of the one that does not come: it closes a form."""
        self.is_late = self.response is None
        await self()


@dataclass(frozen=True, slots=True)
class Handler:
    """Takes one kind of request: `handle` does at once what is quick, and hands back what is left to do, if anything.

    One that `answers` acks by itself, with what it found; any other request is acked before it is handled.
    """

    handle: Callable[[Body, SignallingAck], Pending | None]
    answers: bool = False


class Runner(AsyncMiddleware):
    """Stands in Bolt's chain after its own middlewares, in the place of its listeners.

    Those are asked one after the other whether a request is theirs, and their acks are polled for every 10 ms.
    """

    def __init__(
        self, handler_for: Callable[[Body], Handler | None], ack_seconds: float = MAX_ACK_SECONDS
    ) -> None:
        self._handler_for = handler_for
        self._ack_seconds = ack_seconds
        self.running: set[asyncio.Task[None]] = set()

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        handler = self._handler_for(req.body)
        if handler is None:
            log.warning("no handler for this", type=str(req.body.get("type"))[:40])
            return BoltResponse(status=404)  # Bolt's own would log the body
        ack = SignallingAck()
        if not handler.answers:
            await ack()
        if pending := handler.handle(req.body, ack):
            task = asyncio.create_task(self._do(pending, ack))
            self.running.add(task)
            task.add_done_callback(self.running.discard)
            if handler.answers:
                if self._ack_seconds:  # with none, not even what is ready at once comes in time
                    with suppress(TimeoutError):
                        await asyncio.wait_for(ack.settled.wait(), self._ack_seconds)
                await ack.give_late()  # without one Bolt would log the whole body, with what was typed
        return ack.response

    async def drain(self, seconds: float) -> None:
        """Waits until everything that has begun has ended, but no longer than that."""
        if self.running:
            _, late = await asyncio.wait(self.running, timeout=seconds)
            if late:
                log.warning("listeners were given up", count=len(late))

    async def _do(self, pending: Pending, ack: SignallingAck) -> None:
        try:
            await pending
        except Exception:  # the last net: our listeners tell the person themselves, this one tells the log
            log.exception("listener failed")
            if ack.response is None:
                ack.response = BoltResponse(status=500)
        ack.settled.set()
