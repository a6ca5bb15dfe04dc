"""Slack's part, in a process of its own: it sends signed requests, and takes what the app calls and posts.

Its arguments say, as JSON, in which workspace and who acts: to load the demo for two names takes a second.
It is told one load a line, as JSON on standard input, and answers with what it measured, a line each.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, cast
from urllib.parse import urlencode

import uvicorn
import uvloop

from benchmarks.programs import HOST
from sandbox.people import Team, User

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
# A card that never comes must end the benchmark, not hold it.
MAX_WAIT = 20


def api(team: Team, person: User) -> dict[str, dict[str, Any]]:
    """What each method answers."""
    who = {"ok": True, "url": "https://esempio.slack.com/", "team": team.name, "team_id": team.id}
    profile = {"real_name": person.real_name, "email": person.email}
    user = {"id": person.id, "team_id": team.id, "locale": person.locale, "profile": profile}
    return {
        "/api/auth.test": {**who, "user": "billing", "user_id": "U0BOT", "bot_id": "B0BOT"},
        "/api/team.info": {"ok": True, "team": {"id": team.id, "name": team.name, "locale": team.locale}},
        "/api/users.info": {"ok": True, "user": user},
    }


def home_opened(team_id: str, person: User) -> dict[str, Any]:
    """That person of that workspace opened the app's Messages tab."""
    return {
        "type": "event_callback",
        "team_id": team_id,
        "api_app_id": "A0",
        "event": {"type": "app_home_opened", "user": person.id, "channel": "D0", "tab": "messages"},
        "event_id": "Ev0",
        "authorizations": [{"team_id": team_id, "user_id": "U0BOT", "is_bot": True}],
    }


def one_of_many(number: int) -> str:
    """The id of a workspace that installed the app."""
    return f"TMANY{number:06}"


@dataclass(frozen=True, slots=True)
class Load:
    """So many requests to that port, so many at a time.

    `text` None opens the app's Messages tab; any other text is typed after `/billing`. Where a card is awaited,
    a request is done when its card has been posted, and otherwise with its ack. With `workspaces` each request comes
    from the next of so many.
    """

    port: int
    text: str | None
    requests: int
    at_a_time: int
    awaits_card: bool
    workspaces: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a load took, and each ack in it, in milliseconds from the shortest to the longest."""

    seconds: float
    acks: list[float]

    @property
    def slowest_of_hundred(self) -> float:
        """The 99th percentile of the acks."""
        return self.acks[int(len(self.acks) * 0.99)]


class Connection(asyncio.Protocol):
    """A kept-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._answered: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered and not self._answered.done():
            self._answered.set_exception(ConnectionError("the app hung up"))

    async def ask(self, request: bytes) -> None:
        """Sends the request and waits for its answer, which must be 200."""
        assert self._transport is not None
        self._received, self._answered = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._answered

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator or self._answered is None:
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._answered.set_exception(RuntimeError(self._received.decode()))
        elif len(body) >= int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            self._answered.set_result(None)


class Slack:
    """Sends what Slack sends, and is what the app calls."""

    def __init__(self, secret: str, port: int, team: Team, person: User) -> None:
        self._secret = secret.encode()
        self._port = port
        self._team, self._user = team, person
        self._api = api(team, person)
        self._numbers = count()
        self._awaited: dict[str, asyncio.Future[None]] = {}

    async def put(self, load: Load) -> Measured:
        """Puts the load on the app."""
        acks: list[float] = []
        turns = iter(range(load.requests))
        begun = time.perf_counter()
        await asyncio.gather(*(self._person(load, turns, acks) for _ in range(load.at_a_time)))
        return Measured(time.perf_counter() - begun, sorted(acks))

    async def _person(self, load: Load, turns: Iterator[int], acks: list[float]) -> None:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, load.port)
        for _ in turns:
            number = next(self._numbers)
            card = f"/cards/{number}"
            team_id = one_of_many(number % load.workspaces) if load.workspaces else self._team.id
            request = self._request(load, card, team_id)
            posted = self._awaited[card] = asyncio.get_running_loop().create_future()
            begun = time.perf_counter()
            await connection.ask(request)
            acks.append((time.perf_counter() - begun) * 1000)
            if load.awaits_card:
                await asyncio.wait_for(posted, MAX_WAIT)
        connection.close()

    def _request(self, load: Load, card: str, team_id: str) -> bytes:
        kind = JSON if load.text is None else FORM
        text = load.text
        body = (
            json.dumps(home_opened(team_id, self._user))
            if text is None
            else self._command(text, card, team_id)
        ).encode()
        moment = str(int(time.time()))
        signature = hmac.digest(self._secret, b"v0:%b:%b" % (moment.encode(), body), "sha256").hex()
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {moment}\r\n"
            f"X-Slack-Signature: v0={signature}\r\n\r\n"
        )
        return head.encode() + body

    def _command(self, text: str, card: str, team_id: str) -> str:
        return urlencode(
            {
                "team_id": team_id,
                "team_domain": self._team.domain,
                "channel_id": "C0GENERAL01",
                "channel_name": "general",
                "user_id": self._user.id,
                "user_name": self._user.name,
                "command": "/billing",
                "text": text,
                "api_app_id": "A0",
                "response_url": f"http://{HOST}:{self._port}{card}",
                "trigger_id": "0.0.0",
            }
        )

    async def called(self, scope: Any, receive: Any, send: Any) -> None:
        """The app's calls and cards, as an ASGI app."""
        while (await receive()).get("more_body"):
            pass
        posted = self._awaited.pop(scope["path"], None)
        if posted and not posted.done():
            posted.set_result(None)
        answer = json.dumps(self._api.get(scope["path"], {"ok": True})).encode()
        headers = [(b"content-type", JSON.encode()), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def serve(secret: str, team: Team, person: User) -> None:
    """Says its port in its first line, and then answers each load."""
    listener = socket.create_server((HOST, 0), backlog=512)
    slack = Slack(secret, listener.getsockname()[1], team, person)
    # An app may keep its connections; closing an idle one while it is used again would lose a card.
    config = uvicorn.Config(
        slack.called, interface="asgi3", lifespan="off", log_level="warning", timeout_keep_alive=600
    )
    serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listener]))
    print(listener.getsockname()[1], flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        measured = await slack.put(Load(**json.loads(line)))
        print(json.dumps(asdict(measured)), flush=True)
    serving.cancel()


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], Team(**json.loads(sys.argv[2])), User(**json.loads(sys.argv[3]))))
