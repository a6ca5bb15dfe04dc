"""Servers on loopback that run beside each other in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import ip_address
from socket import socket
from typing import Any, Literal
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOST = "127.0.0.1"
PATIENCE_SECONDS = 5


class _OnlyByLoopback:
    """Refuses what was sent to any other name than this machine's own.

    Another site can let its name mean this address: its page would be of one origin with ours then, in the browser of
    whoever has both open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_loopback(Headers(scope=scope).get("host", HOST)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refused = "This page is for this machine alone: open it as http://127.0.0.1 or http://localhost."
            await PlainTextResponse(refused, 421)(scope, receive, send)


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


class _Open(set[Any]):
    """The connections of a server, and a wait for the last of them to close."""

    def __init__(self) -> None:
        super().__init__()
        self._fewer = asyncio.Event()

    def discard(self, connection: Any) -> None:
        super().discard(connection)
        self._fewer.set()

    def remove(self, connection: Any) -> None:
        super().remove(connection)
        self._fewer.set()

    async def all_closed(self) -> None:
        while self:
            self._fewer.clear()
            await self._fewer.wait()


class _Serving(uvicorn.Server):
    """A server that says when it listens, and leaves signals to the program around it."""

    def __init__(self, app: Starlette, port: int, http: type[asyncio.Protocol] | Literal["auto"]) -> None:
        # A call that a fault keeps hanging must not keep the session from closing.
        config = uvicorn.Config(
            _OnlyByLoopback(app),
            host=HOST,
            port=port,
            http=http,
            log_level="warning",
            timeout_graceful_shutdown=PATIENCE_SECONDS,
            ws="websockets-sansio",
        )
        super().__init__(config)
        self._open = _Open()
        self.server_state.connections = self._open
        self.listening = asyncio.Event()
        self._leaving = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """As uvicorn's own, which looks ten times a second whether it is to stop; this one is told."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """As uvicorn's own, which looks ten times a second, first after a tenth, whether all is answered."""
        for server in self.servers:
            server.close()
        for connection in list(self._open):
            connection.shutdown()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_answered(), PATIENCE_SECONDS)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()

    async def _all_answered(self) -> None:
        await self._open.all_closed()
        while self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)

    def leave(self) -> None:
        """Stops it as soon as what it answers is answered."""
        self.should_exit = True
        self._leaving.set()

    @property
    def url(self) -> str:
        port = self.servers[0].sockets[0].getsockname()[1]
        return f"http://{HOST}:{port}"


@asynccontextmanager
async def serving(
    app: Starlette,
    port: int,
    before_stop: Callable[[], None] = lambda: None,
    http: type[asyncio.Protocol] | Literal["auto"] = "auto",
) -> AsyncIterator[str]:
    """Serves the app on loopback, on that port (0: a free one), until the block is left; answers its URL."""
    server = _Serving(app, port, http)
    task = asyncio.create_task(server.serve())
    await server.listening.wait()
    if server.should_exit:
        await task
        raise RuntimeError(f"the server on port {port} could not start")
    try:
        yield server.url
    finally:
        before_stop()
        server.leave()
        await task
