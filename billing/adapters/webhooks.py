"""Webhooks over HTTPS: many at a time, to public addresses alone, and no redirect is followed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import copy_context
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from errno import EACCES
from functools import cached_property, partial
from typing import Any
from weakref import WeakSet

import structlog
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from billing.calls import calling
from billing.ports import Post
from billing.values.webhooks import TRY_SECONDS, WebhookReply, WebhookRequest, is_public

# Of an answer no more is read: enough for most, so that their connection is used again.
MAX_ANSWER_BYTES = 65_536
# A few are enough: nothing is waited for in them.
MAX_CLOSING_TURNS = 100
AGENT = "billing-desk-webhooks/1"
log = structlog.get_logger()


class HttpsPoster:
    """Posts webhooks. `private` lets them go to loopback, private and link-local addresses, too."""

    def __init__(
        self, *, private: bool = False, ca_file: str | None = None, seconds: float = TRY_SECONDS
    ) -> None:
        self._private = private
        self._ca_file = ca_file
        self._seconds = seconds

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Read when there is something to post: the authorities of the system are many."""
        return ssl.create_default_context(cafile=self._ca_file)

    @contextmanager
    def __call__(self) -> Iterator[Post]:
        """What posts many and waits for them all; its connections are used again until it is left."""
        opened: WeakSet[socket.socket] = WeakSet()
        with asyncio.Runner() as runner:
            session = runner.run(self._open(opened))
            try:
                yield lambda requests: runner.run(self._post_all(session, requests), context=copy_context())
            finally:
                runner.run(_close(session, opened))

    async def _open(self, opened: WeakSet[socket.socket]) -> ClientSession:
        connector = TCPConnector(
            ssl=self._trusted,
            limit=0,
            ttl_dns_cache=None,
            socket_factory=partial(self._socket, opened),
            use_dns_cache=False,
        )
        return ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=self._seconds),
            cookie_jar=DummyCookieJar(),
            headers={"User-Agent": AGENT},
            max_line_size=8_190,
            trust_env=False,
        )

    def _socket(self, opened: WeakSet[socket.socket], found: Any) -> socket.socket:
        """For the very address that is connected to: whatever the name leads to a moment later is asked again."""
        family, kind, protocol, _, address = found
        if not (self._private or is_public(address[0])):
            raise OSError(EACCES, f"{address[0]} is no public address")
        made = socket.socket(family, kind, protocol)
        opened.add(made)
        return made

    async def _post_all(
        self, session: ClientSession, requests: Sequence[WebhookRequest]
    ) -> list[WebhookReply]:
        """Whatever one of them does is that one's reply: what came of the others has to be written down."""
        trying = (self._post(session, one) for one in requests)
        return [
            _failed(request, came) if isinstance(came, BaseException) else came
            for request, came in zip(
                requests, await asyncio.gather(*trying, return_exceptions=True), strict=True
            )
        ]

    async def _post(self, session: ClientSession, request: WebhookRequest) -> WebhookReply:
        try:
            with calling("webhooks"):
                answering = session.post(
                    request.url, data=request.body, headers=request.headers, allow_redirects=False
                )
                async with answering as answer:
                    await answer.content.read(MAX_ANSWER_BYTES)
                    return _reply(answer)
        except TimeoutError:
            return WebhookReply(None, f"no answer within {self._seconds:g} seconds")
        except (ClientError, OSError, ValueError) as error:
            return _named(error)


async def _close(session: ClientSession, opened: WeakSet[socket.socket]) -> None:
    """Also connections whose far side owes us its part of TLS's farewell: who hung up late would be waited for."""
    await session.close()
    left = [one for one in opened if one.fileno() >= 0]
    for one in left:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
    for _ in range(MAX_CLOSING_TURNS):
        if all(one.fileno() < 0 for one in left):
            break
        await asyncio.sleep(0)  # a turn of the loop, in which it sees that they are shut


def _failed(request: WebhookRequest, error: BaseException) -> WebhookReply:
    """What nobody thought of: a try that failed, and a traceback for who has to think of it."""
    log.error("a webhook could not be sent", url=request.url, exc_info=error)
    return _named(error)


def _named(error: BaseException) -> WebhookReply:
    return WebhookReply(None, f"{type(error).__name__}: {error}")


def _reply(answer: ClientResponse) -> WebhookReply:
    if 200 <= answer.status < 300:
        return WebhookReply(answer.status)
    if 300 <= answer.status < 400:
        return WebhookReply(answer.status, f"HTTP {answer.status}: redirects are not followed")
    return WebhookReply(answer.status, f"HTTP {answer.status}", _retry_after(answer))


def _retry_after(answer: ClientResponse) -> float | None:
    """The seconds, or the moment, that a receiver names with 429 or 503."""
    said = answer.headers.get("Retry-After", "")
    if answer.status not in (429, 503) or not said:
        return None
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        return max((_moment(said) - _moment(answer.headers["Date"])).total_seconds(), 0.0)
    except (KeyError, ValueError, OverflowError):
        return None


def _moment(said: str) -> datetime:
    """A date of HTTP is in UTC, also in its form that names no zone. Raises ValueError and OverflowError."""
    read = parsedate_to_datetime(said)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
