"""The least that a request of Slack can cost: `python -m benchmarks.floors raw|bolt|replying` serves one such app."""

from __future__ import annotations

import hmac
import json
import os
import sys
from asyncio import Task, create_task
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import uvicorn
from aiohttp import ClientSession
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

# As long as the card of the demo's property.
REPLY = {"text": "Purchases and invoices", "blocks": [{"type": "section", "text": "x" * 200}] * 25}


def raw(secret: str) -> App:
    """No Bolt, no framework: the signature checked, the body parsed, 200."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing happens at its start and end
        body, headers = (await receive())["body"], dict(scope["headers"])
        signed = b"v0:%b:%b" % (headers[b"x-slack-request-timestamp"], body)
        expected = b"v0=" + hmac.digest(secret.encode(), signed, "sha256").hex().encode()
        genuine = hmac.compare_digest(expected, headers[b"x-slack-signature"])
        is_json = headers[b"content-type"] == b"application/json"
        json.loads(body) if is_json else parse_qs(body.decode())
        start = {"type": "http.response.start", "status": 200 if genuine else 401}
        await send(start | {"headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


def bolt(secret: str, *, replies: bool = False) -> App:
    """Async Bolt through its own ASGI adapter. It runs the listener before it answers, so it never polls.

    One that replies also posts a card to the response URL, as long as ours, without having read anything for it.
    """
    who = AuthorizeResult(enterprise_id=None, team_id="T0", bot_token="xoxb-0")  # noqa: S106  # a pretend one
    poster = Poster()

    async def authorize(**_: Any) -> AuthorizeResult:
        return who

    app = AsyncApp(authorize=authorize, signing_secret=secret, process_before_response=True)

    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        if replies:
            poster.begin(body["response_url"])

    async def opened() -> None:
        pass

    app.command("/billing")(command)
    app.event("app_home_opened")(opened)
    return AsyncSlackRequestHandler(app)


class Poster:
    """Posts the same card again and again, over one session."""

    def __init__(self) -> None:
        self._session: ClientSession | None = None
        self._posting: set[Task[None]] = set()

    def begin(self, url: str) -> None:
        task = create_task(self._post(url))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)

    async def _post(self, url: str) -> None:
        self._session = self._session or ClientSession()
        async with self._session.post(url, json=REPLY):
            pass


def main() -> None:
    """Serves the app that the first argument names."""
    secret = os.environ["SLACK_SIGNING_SECRET"]
    apps: dict[str, Callable[[str], App]] = {
        "raw": raw,
        "bolt": bolt,
        "replying": partial(bolt, replies=True),
    }
    uvicorn.run(
        apps[sys.argv[1]](secret),
        host=os.environ["HOST"],
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
