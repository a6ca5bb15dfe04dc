"""A real HTTPS receiver of webhooks for the tests: what it took, and how it answers next."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Semaphore, Thread
from typing import Any

from standardwebhooks import Webhook

from billing.adapters.webhooks import HttpsPoster
from tests.mailboxes import Authority

MAX_SECONDS = 60


@dataclass(frozen=True)
class Taken:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def verify(self, secret: str) -> Any:
        """By somebody else's library. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """The far side. Its next answers are those given; "lost" takes the request and says nothing, "slow" says it late.

    "held" is 204 once there is a pass for it. Others are a status, or a status with `Retry-After` or `Location`:
    "429 60", "302 /elsewhere". After the last they are 204. `refused` answers so what is about those subjects,
    always. `then` works on what it took.
    """

    url: str
    ca_file: str
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    then: Callable[[Taken], None] = lambda _: None
    taken: list[Taken] = field(default_factory=list)
    go_on: Event = field(default_factory=Event)
    passes: Semaphore = field(default_factory=lambda: Semaphore(0))
    came: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    def poster(self, *, private: bool = True, seconds: float = MAX_SECONDS) -> HttpsPoster:
        return HttpsPoster(private=private, ca_file=self.ca_file, seconds=seconds)

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.taken]

    def answer_to(self, one: Taken) -> str:
        with self.lock:
            self.taken.append(one)
            self.then(one)
            subject = one.event["data"].get("subscription") or one.event["subject"]
            if subject in self.refused:
                return self.refused[subject]
            return self.answers.pop(0) if self.answers else "204"


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """One that listens on loopback, with a certificate that its `poster` trusts."""
    folder.mkdir(exist_ok=True)
    authority = Authority.make(folder)
    receiver = Receiver("", authority.ca_file)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.answer_to(Taken(self.path, headers, body))
            receiver.came.set()
            if answer == "slow":
                receiver.go_on.wait(MAX_SECONDS)
            if answer in ("lost", "slow"):
                self.close_connection = True
                return
            if answer == "held":
                receiver.passes.acquire(timeout=MAX_SECONDS)
                answer = "204"
            status, _, more = answer.partition(" ")
            self.send_response(int(status))
            if more:
                self.send_header("Location" if status.startswith("3") else "Retry-After", more)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = authority.server.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    receiver.url = f"https://127.0.0.1:{server.server_address[1]}/hooks"
    serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    serving.start()
    try:
        yield receiver
    finally:
        receiver.go_on.set()
        server.shutdown()
        server.server_close()
        serving.join(timeout=MAX_SECONDS)
