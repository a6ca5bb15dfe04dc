"""The API over HTTP: served on loopback, asked as the seller's own product asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import make_app
from api.settings import PREFIX
from billing.services import api_keys
from tests.billing.desk import Desk


@dataclass
class Client:
    """Asks at that address with that key."""

    url: str
    key: str

    def ask(self, path: str, method: str = "GET", **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=20, **options)

    def get(self, path: str, **query: Any) -> Any:
        """What is answered to a question that is fine."""
        answer = self.ask(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def served(desk: Desk, scopes: tuple[str, ...] = ("read", "write"), limit: int = 10_000) -> Iterator[Client]:
    """A client with a key of those scopes."""
    app = Starlette(routes=[Mount(PREFIX, make_app(desk.billing, limit))])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    socket.listen()  # who asks before the server runs waits for it
    running = Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    running.start()
    try:
        _, secret = api_keys.create(desk.billing, "Tests", scopes)
        yield Client(f"http://127.0.0.1:{socket.getsockname()[1]}{PREFIX}", secret)
    finally:
        server.should_exit = True
        running.join(timeout=20)
