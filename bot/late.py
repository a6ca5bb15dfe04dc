"""What few ask for, made when it is first asked for: nobody else carries it, and none waits for it at the start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.runner import in_thread


class Late:
    """An app that is made once, in a thread: others are served meanwhile."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._made or await self.made())(scope, receive, send)

    async def made(self) -> ASGIApp:
        """The app; who comes while it is being made waits for it."""
        async with self._lock:
            if self._made is None:
                self._made = await in_thread(self._make)
            return self._made
