"""Connections that come together are taken together: no one waits for those before it to be served."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from socket import create_connection

import uvicorn
import uvloop
from starlette.applications import Starlette

from api.listening import TAKEN_AT_A_TIME, listeners


class Counting(asyncio.Protocol):
    """Takes connections, and says how many had come when the loop turned next."""

    made = 0
    in_one_turn: asyncio.Future[int]

    def __init__(self, **_: object) -> None:
        pass

    def connection_made(self, _transport: asyncio.BaseTransport) -> None:
        if not Counting.made:
            asyncio.get_running_loop().call_soon(lambda: Counting.in_one_turn.set_result(Counting.made))
        Counting.made += 1


def test_in_one_turn_of_the_loop_as_many_connections_are_taken_as_there_are_sockets() -> None:
    config = uvicorn.Config(
        Starlette(), host="127.0.0.1", port=0, http=Counting, lifespan="off", log_config=None
    )

    async def come_together() -> int:
        Counting.made, Counting.in_one_turn = 0, asyncio.get_running_loop().create_future()
        config.load()
        server, sockets = uvicorn.Server(config), listeners(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=sockets)
        with ExitStack() as stack:
            for _ in range(2 * TAKEN_AT_A_TIME):  # the loop does not turn while they come
                stack.enter_context(create_connection(sockets[0].getsockname()))
            taken = await Counting.in_one_turn
        for one in server.servers:
            one.close()
        return taken

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(come_together()) == TAKEN_AT_A_TIME
