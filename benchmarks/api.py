"""The API over real sockets: entitlements read and usage counted, beside bare FastAPI routes on the same rows."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from time import perf_counter

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Engine, bindparam, insert, select

from api.app import make_app
from benchmarks.databases import Databases
from benchmarks.load import JSON, Connection
from benchmarks.many import NOW, WORKSPACE, fill
from benchmarks.measure import at_least, compared, heading, in_turn
from benchmarks.programs import HOST, serving
from billing.adapters import database
from billing.bootstrap import make_billing
from billing.models import Subscription, UsageEvent
from billing.services import api_keys
from billing.services.usage import MAX_EVENTS
from billing.settings import BillingSettings

OURS, FLOOR = "ours", "floor"
OF_THE_FLOOR = 0.5
AT = NOW + timedelta(days=1)
ADD_ON = "ai-assist"
# Each key may ask as often as it likes here.
UNLIMITED = 10**9
SOLD = select(Subscription.id, Subscription.property_id).order_by(Subscription.id)


@dataclass(frozen=True)
class Place:
    """An API that is served, and the requests that it is sent."""

    port: int
    key: str
    property_id: str
    events: Iterator[int] = field(default_factory=count)

    def read(self) -> bytes:
        return self._request(f"GET /entitlements?workspace={WORKSPACE}&property={self.property_id}")

    def use(self) -> bytes:
        return self._request("POST /usage", self._event())

    def use_much(self) -> bytes:
        return self._request("POST /usage/batch", {"events": [self._event() for _ in range(MAX_EVENTS)]})

    def _event(self) -> dict[str, object]:
        named = {"workspace": WORKSPACE, "property": self.property_id, "add_on": ADD_ON}
        return {"event_id": f"{self.port}-{next(self.events)}", **named, "quantity": 1, "at": AT.isoformat()}

    def _request(self, what: str, body: object = None) -> bytes:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{what} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.key}\r\n"
        return f"{head}Content-Type: {JSON}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content


def run(databases: Databases, rounds: int, requests: int, events: int) -> None:
    """Prints the lines about the API."""
    with databases.both() as urls:
        for name, url in urls.items():
            heading(f"The API on {name}; floor: bare FastAPI that reads one row, or writes the same events")
            with ExitStack() as stack:
                places = _places(stack, url)
                for at_a_time in (1, 16):
                    found = _in_turn(places, Place.read, (rounds, requests, at_a_time))
                    what = f"an entitlement, {at_a_time} at a time"
                    compared(what, found[OURS], found[FLOOR], "/s", at_least(OF_THE_FLOOR))
                for at_a_time in (1, 16):
                    found = _in_turn(places, Place.use, (rounds, events, at_a_time))
                    compared(f"a usage event, {at_a_time} at a time", found[OURS], found[FLOOR], "/s")
                found = _in_turn(places, Place.use_much, (rounds, max(1, events // MAX_EVENTS), 1))
                found = {name: [MAX_EVENTS * one for one in paces] for name, paces in found.items()}
                compared(f"usage events, {MAX_EVENTS:,} a request", found[OURS], found[FLOOR], "/s")


def serve(what: str) -> None:
    """Ours or the floor, in a process of its own."""
    url = os.environ["DATABASE_URL"]
    billing = make_billing(BillingSettings(database_url=url), lambda: AT)
    uvicorn.run(
        make_app(billing, UNLIMITED) if what == OURS else bare(database.connect(url)),
        host=HOST,
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        log_level="critical",
    )


class Event(BaseModel):
    event_id: str
    workspace: str
    property: str
    add_on: str
    quantity: int
    at: datetime


class Events(BaseModel):
    events: list[Event]


def bare(engine: Engine) -> FastAPI:
    """What one would write who counts nothing: one row is read by its key, or each event is a row."""
    app = FastAPI()
    one = SOLD.where(
        Subscription.workspace_id == bindparam("workspace"), Subscription.property_id == bindparam("property")
    )

    @app.get("/entitlements")
    def entitlement(workspace: str, property: str) -> dict[str, str]:
        with engine.connect() as connection:
            found = connection.execute(one, {"workspace": workspace, "property": property}).one()
        return {"id": found.id, "property": found.property_id}

    @app.post("/usage")
    def use(event: Event) -> dict[str, str]:
        return keep([event])[0]

    @app.post("/usage/batch")
    def use_much(body: Events) -> list[dict[str, str]]:
        return keep(body.events)

    def keep(events: Sequence[Event]) -> list[dict[str, str]]:
        rows = [
            {
                "workspace_id": event.workspace,
                "event_id": event.event_id,
                "subscription_id": event.property,
                "quantity": event.quantity,
                "at": event.at,
                "counted_at": AT,
            }
            for event in events
        ]
        with engine.begin() as connection:
            connection.execute(insert(UsageEvent), rows)
        return [{"event_id": event.event_id, "status": "counted"} for event in events]

    return app


def _places(stack: ExitStack, url: str) -> dict[str, Place]:
    billing = make_billing(BillingSettings(database_url=url), lambda: AT)
    fill(billing, 1, 0)
    _, key = api_keys.create(billing, "Benchmark", ("read", "write"))
    with billing.engine.connect() as connection:
        sold = connection.execute(SOLD).one()
    billing.engine.dispose()
    places = {}
    for what in (OURS, FLOOR):
        port = stack.enter_context(serving("benchmarks.api", what, environment={"DATABASE_URL": url}))
        places[what] = Place(port, key, sold.property_id)
    return places


def _in_turn(
    places: Mapping[str, Place], request: Callable[[Place], bytes], sizes: tuple[int, int, int]
) -> dict[str, list[float]]:
    """Requests a second of each; sizes are rounds, requests a round, and how many at a time."""
    rounds, requests, at_a_time = sizes
    for place in places.values():
        _asked(place, request, at_a_time, at_a_time)
    paces = {name: partial(_asked, place, request, requests, at_a_time) for name, place in places.items()}
    return in_turn(rounds, paces)


def _asked(place: Place, request: Callable[[Place], bytes], requests: int, at_a_time: int) -> float:
    """So many requests, written before; how many a second are answered, all with 200."""
    waiting = iter([request(place) for _ in range(requests)])

    async def ask() -> None:
        _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, place.port)
        for one in waiting:
            await connection.ask(one)
        connection.close()

    async def ask_all() -> float:
        begun = perf_counter()
        await asyncio.gather(*(ask() for _ in range(at_a_time)))
        return requests / (perf_counter() - begun)

    return asyncio.run(ask_all())


if __name__ == "__main__":
    serve(sys.argv[1])
