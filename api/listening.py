"""The port of a server, of which more than one new connection is taken at a time."""

from __future__ import annotations

from socket import socket

import uvicorn

# uvloop's libuv takes one from each listening socket in a turn of its loop. Of sixty that come together the last one
# waited for sixty turns, in which those before it were served: 100 to 150 ms, where 15 are enough.
TAKEN_AT_A_TIME = 16


def listeners(config: uvicorn.Config) -> list[socket]:
    """The same socket so many times, for `Server.run`. Ends the program where it cannot be had."""
    port = config.bind_socket()
    return [port, *(port.dup() for _ in range(TAKEN_AT_A_TIME - 1))]
