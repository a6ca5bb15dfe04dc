"""The API over HTTP: served on loopback, asked as the seller's own product asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from starlette.applications import Starlette
from starlette.routing import Mount

from api.app import make_app
from api.settings import PREFIX
from billing.services import api_keys
from tests.billing.desk import Desk
from tests.serving import running


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
    _, secret = api_keys.create(desk.billing, "Tests", scopes)
    with running(app) as url:
        yield Client(f"{url}{PREFIX}", secret)
