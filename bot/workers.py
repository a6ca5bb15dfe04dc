"""What works beside the server: begun again when it falls, and seen while it is down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

# How long a worker that fell stays down: long enough to be seen, and not to fill the log.
RESTART_SECONDS = 5.0
log = structlog.get_logger()


class Workers:
    """Keeps workers at work. Those that are down stand in `fallen`."""

    def __init__(
        self, workers: Mapping[str, Callable[[], Awaitable[None]]], pause: float = RESTART_SECONDS
    ) -> None:
        self._workers = workers
        self._pause = pause
        self.fallen: set[str] = set()

    async def run(self) -> None:
        """Works until it is cancelled."""
        await asyncio.gather(*(self._keep(name, work) for name, work in self._workers.items()))

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception:  # whatever it is, it is logged, and what the worker does is not left undone
                log.exception("a worker fell", worker=name)
            self.fallen.add(name)
            await asyncio.sleep(self._pause)
            self.fallen.discard(name)
