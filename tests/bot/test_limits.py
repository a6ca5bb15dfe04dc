"""What a stranger sends costs little: bodies, heads and connections end at a limit, before any signature is read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES, LimitedBodies, LimitedHeaders
from api.settings import PREFIX
from sandbox.serving import serving

pytestmark = pytest.mark.slow

SECONDS = 0.3
Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class QuickHeads(LimitedHeaders):
    seconds = SECONDS


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    app = Starlette(
        routes=[Route("/", echo, methods=["POST"])], middleware=[Middleware(LimitedBodies, seconds=SECONDS)]
    )
    async with asyncio.timeout(30), serving(app, 0, http=QuickHeads) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        yield reader, writer
        writer.close()


async def answered(wire: Wire, *sent: bytes) -> bytes:
    """What comes back until the connection is closed."""
    reader, writer = wire
    for part in sent:
        writer.write(part)
    await writer.drain()
    try:
        return await reader.read()
    except ConnectionResetError:  # closed before all of what was sent was read
        return b""


HEAD = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"


@pytest.mark.parametrize("size", [0, 5, MAX_BODY_BYTES])
async def test_a_body_that_is_not_too_large_arrives_whole(wire: Wire, size: int) -> None:
    said = await answered(wire, HEAD, f"content-length: {size}\r\n\r\n".encode(), b"x" * size)
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(f"\r\n\r\n{size}".encode())


async def test_a_body_that_says_it_is_too_large_is_not_waited_for(wire: Wire) -> None:
    said = await answered(wire, HEAD, f"content-length: {MAX_BODY_BYTES + 1}\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY_BYTES + 1, 413), (10, 408)])
async def test_whoever_asks_the_api_reads_of_it_as_a_problem(wire: Wire, size: int, status: int) -> None:
    head = HEAD.replace(b"POST /", f"POST {PREFIX}/usage".encode())
    said = await answered(wire, head, f"content-length: {size}\r\n\r\nabc".encode())
    assert said.startswith(f"HTTP/1.1 {status}".encode())
    assert b"application/problem+json" in said
    assert json.loads(said.partition(b"\r\n\r\n")[2])["status"] == status


async def test_a_body_in_chunks_ends_where_it_becomes_too_large(wire: Wire) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    said = await answered(wire, HEAD, b"transfer-encoding: chunked\r\n\r\n", *[chunk] * 17)
    assert said == b"" or said.startswith(b"HTTP/1.1 413")


async def test_a_body_that_does_not_arrive_is_given_up(wire: Wire) -> None:
    said = await answered(wire, HEAD, b"content-length: 10\r\n\r\nabc")
    assert said.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("sent", [b"", b"POST / HT", HEAD + b"content-le"])
async def test_a_connection_without_a_whole_head_is_closed(wire: Wire, sent: bytes) -> None:
    assert await answered(wire, sent) == b""


async def test_a_second_request_that_never_ends_on_a_connection_kept_alive_is_closed(wire: Wire) -> None:
    whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
    said = await answered(wire, whole, b"POST / HTTP/1.1\r\nhos")
    assert said.count(b"HTTP/1.1") == 1


async def test_a_head_without_end_is_closed(wire: Wire) -> None:
    lines = [b"x-%d: %s\r\n" % (n, b"y" * 500) for n in range(MAX_HEADER_BYTES // 400)]
    assert await answered(wire, HEAD, *lines) == b""


async def test_who_goes_in_the_middle_of_a_body_leaves_no_traceback(
    wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    _, writer = wire
    port = writer.get_extra_info("peername")[1]
    writer.write(HEAD + b"content-length: 10\r\n\r\nabc")
    await writer.drain()
    writer.transport.abort()
    later = await asyncio.open_connection("127.0.0.1", port)
    said = await answered(later, HEAD, b"content-length: 1\r\n\r\nx")
    later[1].close()
    assert said.startswith(b"HTTP/1.1 200")
    assert "Traceback" not in capsys.readouterr().err
