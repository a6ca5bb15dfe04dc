"""Webhooks to one endpoint that is there: sent from the books, beside posting the same without any books."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.databases import Databases
from benchmarks.measure import at_least, compared, counted, heading
from benchmarks.programs import HOST, serving
from billing import Billing
from billing.adapters.ciphers import FernetCipher, new_key
from billing.adapters.webhooks import HttpsPoster
from billing.bootstrap import make_billing
from billing.facts import write_facts
from billing.services import webhook_deliveries, webhook_endpoints
from billing.settings import BillingSettings
from billing.values.facts import FactType
from billing.values.webhooks import WebhookRequest, new_secret, signed_headers

A_SECOND, OF_THE_FLOOR = 200, 0.25
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def run(databases: Databases, rounds: int, events: int) -> None:
    """Prints the lines about webhooks."""
    with tempfile.TemporaryDirectory() as folder:
        files = _certificates(Path(folder))
        poster = HttpsPoster(private=True, ca_file=files["CA_FILE"])
        with serving("benchmarks.webhooks", environment=files) as port:
            url = f"https://{HOST}:{port}/"
            heading(f"{events:,} webhooks to one endpoint; floor: the same requests without any books")
            floor = [_bare(poster, url, events) for _ in range(rounds)]
            with databases.both() as urls:
                for name, database_url in urls.items():
                    billing = _desk(database_url)
                    ours = [_drained(billing, poster, url, events) for _ in range(rounds)]
                    billing.engine.dispose()
                    compared(f"{name}, sent and marked", ours, floor, "/s", at_least(OF_THE_FLOOR))
                    counted(f"  {name}, in all", ours, "/s", at_least(A_SECOND))


def serve() -> None:
    """Takes all that comes, over TLS, in a process of its own."""

    async def take(request: Request) -> Response:
        await request.body()
        return Response(status_code=204)

    uvicorn.run(
        Starlette(routes=[Route("/", take, methods=["POST"])]),
        host=HOST,
        port=int(os.environ["PORT"]),
        ssl_certfile=os.environ["CERT_FILE"],
        log_level="critical",
    )


def _certificates(folder: Path) -> dict[str, str]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
    return {"CA_FILE": str(folder / "ca.pem"), "CERT_FILE": str(folder / "cert.pem")}


def _desk(url: str) -> Billing:
    billing = make_billing(BillingSettings(database_url=url))
    return replace(billing, cipher=FernetCipher([new_key()]))


def _drained(billing: Billing, poster: HttpsPoster, url: str, events: int) -> float:
    """How many a second arrive, once that many things have happened to as many subscriptions."""
    endpoint, _ = webhook_endpoints.create(billing, url)
    with billing.work("benchmark") as work:
        write_facts(work.session, [(FactType.PROPERTY_CREATED, _state(n)) for n in range(events)], NOW)
    begun = perf_counter()
    assert webhook_deliveries.drain(billing, poster, endpoint.id) == events
    taken = perf_counter() - begun
    webhook_endpoints.delete(billing, endpoint.id)
    return events / taken


def _state(number: int) -> dict[str, object]:
    id_ = f"prop_{number}"
    return {"id": id_, "workspace": "T1", "property": id_, "name": "x" * 300}


def _bare(poster: HttpsPoster, url: str, events: int) -> float:
    body, secret = b'{"data":"%s"}' % (b"x" * 500), new_secret()
    size = webhook_deliveries.BATCH_SIZE
    begun = perf_counter()
    with poster() as post:
        for start in range(0, events, size):
            ids = range(start, min(start + size, events))
            headers = [signed_headers(f"evt_{n}", NOW, body, [secret]) for n in ids]
            assert all(reply.is_fine for reply in post([WebhookRequest(url, one, body) for one in headers]))
    return events / (perf_counter() - begun)


if __name__ == "__main__":
    serve()
