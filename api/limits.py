"""What a stranger may cost before the signature is checked: bytes, seconds and open connections."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.settings import PREFIX

# Slack's largest request is a few hundred kilobytes, a gateway's event far less.
MAX_BODY_BYTES = 1_000_000
MAX_HEADER_BYTES = 65_536
# Slack itself gives up after three seconds.
MAX_RECEIVE_SECONDS = 10.0
PROBLEMS = {
    408: ("not-all-came", "Not all of the request came. Send it again."),
    413: ("too-large", f"A request has at most {MAX_BODY_BYTES} bytes: send less at a time."),
}


class _TooLarge(Exception):
    pass


class LimitedBodies:
    """Answers 413 to a body that is too large, however it is sent, and 408 to one that does not arrive.

    Nothing is said to who has gone: a request that was broken off is no fault of ours.
    """

    def __init__(self, app: ASGIApp, seconds: float = MAX_RECEIVE_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = await _whole(scope, receive)
        except _TooLarge:
            await _refuse(scope, receive, send, "too large", 413)
        except TimeoutError:
            await _refuse(scope, receive, send, "not all of it came", 408)
        else:
            if body is not None:
                await self._app(scope, _replay(body, receive), send)


async def _whole(scope: Scope, receive: Receive) -> bytes | None:
    """The body; None if whoever sent it has gone. Raises _TooLarge before more of it is taken than may be."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
        raise _TooLarge
    body = bytearray()
    while True:
        part = await receive()
        if part["type"] == "http.disconnect":
            return None
        body += part.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _TooLarge
        if not part.get("more_body"):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """What the app receives: the whole body at once, then whatever else comes."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return parts.pop() if parts else await receive()

    return replayed


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str, status: int) -> None:
    """The connection is closed: what is left of the body is not waited for. Whoever asks the API reads a problem."""
    headers = {"connection": "close"}
    answer: Response = PlainTextResponse(why, status, headers)
    if scope["path"].startswith(PREFIX):
        from api.problems import said  # FastAPI is a tenth of the process

        kind, detail = PROBLEMS[status]
        answer = said(status, kind, detail, headers)
    await answer(scope, receive, send)


class LimitedHeaders(HttpToolsProtocol):
    """HTTP as uvicorn speaks it; a connection on which no whole head of a request arrives is closed."""

    seconds = MAX_RECEIVE_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _taken = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._begin()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._taken += len(name) + len(value)
        if self._taken > MAX_HEADER_BYTES:
            self.transport.close()
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._end()
        super().on_headers_complete()

    def _begin(self) -> None:
        self._end()
        self._taken = 0
        self._deadline = self.loop.call_later(self.seconds, self.transport.close)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
