"""Tells every open page at once what has changed, as Server-Sent Events."""

import asyncio
import json
from collections.abc import AsyncGenerator, Collection
from typing import Any

Change = dict[str, Any]


class Stream:
    """Passes each change on to all who listen; `send` may be called from any thread."""

    def __init__(self) -> None:
        self._listeners: dict[
            asyncio.Queue[str | None], tuple[asyncio.AbstractEventLoop, Collection[str]]
        ] = {}

    def send(self, change: Change) -> None:
        """Hand this change to every listener."""
        # Written now, not when it is sent: the change may change again in between.
        self._put(change["kind"], json.dumps(change, ensure_ascii=False))

    def close(self) -> None:
        """End every open stream, so that a server waiting for its connections can stop."""
        self._put("", None)

    def _put(self, kind: str, written: str | None) -> None:
        for queue, (loop, without) in tuple(self._listeners.items()):
            if kind not in without:
                loop.call_soon_threadsafe(queue.put_nowait, written)

    async def events(
        self, without: Collection[str] = (), heartbeat_seconds: float = 15
    ) -> AsyncGenerator[str, None]:
        """The changes from now on but those of these kinds, written as Server-Sent Events."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners[queue] = asyncio.get_running_loop(), without
        try:
            yield ": listening\n\n"
            while True:
                try:
                    # Not wait_for: before Python 3.12 it swallows a cancel that comes together with a change.
                    async with asyncio.timeout(heartbeat_seconds):
                        change = await queue.get()
                except TimeoutError:
                    # Without a sign of life now and then, a proxy takes the stream for dead.
                    yield ": still here\n\n"
                    continue
                if change is None:
                    return
                yield f"data: {change}\n\n"
        finally:
            del self._listeners[queue]
