"""Stopping without losing anybody: first no longer ready, then no longer listening, then gone."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from socket import socket
from time import monotonic
from types import FrameType

import uvicorn


class StoppingServer(uvicorn.Server):
    """Told to stop by SIGTERM, it calls `told` and serves for `delay` seconds more, until balancers know.

    SIGINT, or being told again, ends it at once. It returns then, where uvicorn's own would have the signal kill
    the process before what is due was finished.
    """

    def __init__(self, config: uvicorn.Config, *, delay: float, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._delay, self._told = delay, told
        self._ends_at: float | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        # What is loaded by now stays to the end: the collector need not walk through it while Slack waits.
        gc.collect()
        gc.freeze()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._told()
        if self.should_exit:
            self.force_exit = sig == signal.SIGINT
        elif sig == signal.SIGTERM and self._ends_at is None:
            self._ends_at = monotonic() + self._delay
        else:
            self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        if self._ends_at is not None and monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)
