"""A small product of a seller's: opens a feature when it is bought, keeps it through grace, closes it at the end.

It listens to webhooks, which are fast, and reads the feed now and then, which is complete: what was lost on the way
is found there. What it knows it keeps in one dictionary; a real one keeps it in its database, with `after`, in one
transaction. Run it behind your TLS proxy with API_URL (https://.../api/v1), API_KEY, WEBHOOK_SECRET and PORT. It
needs `pip install standardwebhooks`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from standardwebhooks import Webhook, WebhookVerificationError

POLL_SECONDS = 60
MAX_BODY_BYTES = 100_000


@dataclass
class Features:
    """Who may use what. The feed was read up to the event `after`."""

    url: str
    key: str
    secret: str
    after: str | None = None
    entitled: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """A webhook came: the same one may come twice. Raises WebhookVerificationError for what nobody signed."""
        self._learn(Webhook(self.secret).verify(body, dict(headers)))

    def catch_up(self) -> None:
        """Reads all that happened since: as often as wanted, and after any downtime."""
        while events := self._ask("/events", **({"after": self.after} if self.after else {}))["data"]:
            for event in events:
                self._learn(event)
                self.after = event["id"]

    def is_open(self, property_id: str, add_on: str) -> bool:
        """Whether that property may use it now. `grace` is served: its payment is tried again."""
        with self.lock:
            known = list(self.entitled.values())
        return any(
            one["property"] == property_id and one["add_on"] == add_on and one["state"] in ("active", "grace")
            for one in known
        )

    def _learn(self, event: dict[str, Any]) -> None:
        """Of two states of one subscription the higher version holds, whichever came first, and by which way."""
        if event["type"] != "entitlements.changed":
            return
        new = event["data"]
        with self.lock:
            known = self.entitled.get(new["subscription"])
            if known is None or new["version"] >= known["version"]:
                self.entitled[new["subscription"]] = new

    def _ask(self, path: str, **query: str) -> Any:
        address = f"{self.url}{path}?{urlencode(query)}"
        asked = Request(address, headers={"Authorization": f"Bearer {self.key}"})  # noqa: S310  a setting
        with urlopen(asked, timeout=20) as answer:  # noqa: S310  as above
            return json.load(answer)


def serve_webhooks(features: Features, port: int) -> ThreadingHTTPServer:
    """A server for webhooks, which the caller runs: 204 for what was taken, 401 for what is not the desk's."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY_BYTES:
                self.send_error(413)
                return
            try:
                features.take(self.headers, self.rfile.read(int(length)))
            except WebhookVerificationError:
                self.send_error(401)
                return
            self.send_response(204)
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def main() -> None:
    """Listens, and reads the feed every minute, for good."""
    features = Features(os.environ["API_URL"], os.environ["API_KEY"], os.environ["WEBHOOK_SECRET"])
    Thread(target=serve_webhooks(features, int(os.environ["PORT"])).serve_forever, daemon=True).start()
    while True:
        features.catch_up()
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
