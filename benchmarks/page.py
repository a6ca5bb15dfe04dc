"""The pretend Slack's page: how soon it has a change, and what it is sent where there are thousands of messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter

from aiohttp import ClientSession

from benchmarks.measure import at_most, compared, counted, heading
from sandbox import demo
from sandbox.app import App
from sandbox.clock import TurnableClock, Upcoming
from sandbox.server import Sandbox
from sandbox.serving import HOST, serving
from sandbox.workspace import Workspace

CHANNEL = "C0GENERAL01"
# What is promised to whoever looks at the page.
SOON_MS = 200
RATIO = 10
A_SCREENFUL = 50

Told = Callable[[], Awaitable[None]]


def run(rounds: int, changes: int, messages: int) -> None:
    """Prints the lines about the page."""
    asyncio.run(_measured(rounds, changes, messages))


async def _measured(rounds: int, changes: int, messages: int) -> None:
    sandbox = _sandbox()
    for number in range(messages):
        sandbox.workspace.post(CHANNEL, demo.EMMA.id, f"Message {number} of many")
    async with serving(sandbox.app, 0, before_stop=sandbox.close_streams) as url, ClientSession(url) as http:
        heading(f"The page of a workspace with {messages:,} messages; {changes:,} changes a round")
        await _changes(sandbox, http, rounds, changes)
        for what, path in (
            ("what the page is sent when it opens", f"state?messages={A_SCREENFUL}"),
            ("older messages", f"messages?channel={CHANNEL}&before=9999999999.0&limit={A_SCREENFUL}"),
            ("everything, as scripts ask for it", "state"),
        ):
            seen = [await _fetched(http, path) for _ in range(rounds)]
            counted(f"{what}, time", [ms for ms, _ in seen], "ms")
            counted(f"{what}, size", [size / 1000 for _, size in seen], "kB")


async def _changes(sandbox: Sandbox, http: ClientSession, rounds: int, changes: int) -> None:
    ours: list[list[float]] = []
    floor: list[float] = []
    async with _reading(sandbox, http) as told, _echoing() as echoed:
        for _ in range(rounds):
            ours.append(await _taken(told, changes))
            floor.append(median(await _taken(echoed, changes)))
    usual = [median(taken) for taken in ours]
    compared("a change is on the page; floor: bytes on a socket", usual, floor, "ms", at_most(RATIO))
    counted("  the slowest of them", [max(taken) for taken in ours], "ms", at_most(SOON_MS))


def _sandbox() -> Sandbox:
    app = App("Anything")
    workspace = Workspace(demo.TEAM, app, demo.PEOPLE, demo.channels(app.bot_user_id))
    return Sandbox(
        workspace,
        events_url="",
        signing_secret="",
        clock=TurnableClock(),
        turned=_nothing_due,
        upcoming=_nothing_comes,
        public_url="",
    )


async def _nothing_due() -> None:
    return None


async def _nothing_comes() -> Sequence[Upcoming]:
    return ()


async def _taken(told: Told, changes: int) -> list[float]:
    """How long each of so many changes took, in milliseconds."""
    taken = []
    for _ in range(changes):
        begun = perf_counter()
        await told()
        taken.append((perf_counter() - begun) * 1000)
    return taken


@asynccontextmanager
async def _reading(sandbox: Sandbox, http: ClientSession) -> AsyncIterator[Told]:
    async with http.get("/_control/stream") as stream:
        await stream.content.readuntil(b"\n\n")

        async def told() -> None:
            sandbox.workspace.post(CHANNEL, demo.EMMA.id, "Ciao")
            await stream.content.readuntil(b"\n\n")

        yield told


@asynccontextmanager
async def _echoing() -> AsyncIterator[Told]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    host, port = server.sockets[0].getsockname()[:2]
    reader, writer = await asyncio.open_connection(host, port)

    async def told() -> None:
        writer.write(b"Ciao\n")
        await reader.readline()

    yield told
    writer.close()
    server.close()
    await server.wait_closed()


async def _fetched(http: ClientSession, path: str) -> tuple[float, int]:
    begun = perf_counter()
    async with http.get(f"/_control/{path}") as answer:
        content = await answer.read()
    return (perf_counter() - begun) * 1000, len(content)
