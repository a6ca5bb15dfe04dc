"""A TCP relay that can fall silent: what comes is taken and goes nowhere, and nobody's connection is reset."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

CHUNK = 65_536


class Relay:
    """Between a client and `target`, at `port` of the loopback."""

    def __init__(self, target: tuple[str, int], port: int = 0) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._flows = Event()
        self._flows.set()
        self._sockets: set[socket.socket] = set()

    def fall_silent(self) -> None:
        """From now on nothing passes, on new connections neither."""
        self._flows.clear()

    def speak_again(self) -> None:
        """What was held back passes, and all that follows."""
        self._flows.set()

    def run(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets |= {client, server}
                Thread(target=self._serve, args=(client, server), daemon=True).start()

    def close(self) -> None:
        self._flows.set()
        for each in (self._listener, *tuple(self._sockets)):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """One connection, until both sides have ended it."""
        back = Thread(target=self._pass_on, args=(server, client), daemon=True)
        back.start()
        self._pass_on(client, server)
        back.join()
        for each in (client, server):
            self._sockets.discard(each)
            each.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        """A side that was killed ends the connection on the other, as it would without us."""
        with suppress(OSError):
            while data := source.recv(CHUNK):
                self._flows.wait()
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def relaying(host: str, target_port: int, *, port: int = 0) -> Iterator[Relay]:
    """A running relay to that address, at that port or a free one."""
    relay = Relay((host, target_port), port)
    Thread(target=relay.run, daemon=True).start()
    try:
        yield relay
    finally:
        relay.close()
