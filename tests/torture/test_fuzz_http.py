"""What programs send over HTTP, bent: the API's bodies, cursors, keys and queries, and the gateway's webhooks."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from billing.ports import WebhookRefused
from billing.services import webhooks
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from tests.api.client import Client, served
from tests.billing.desk import WORKSPACE, Desk
from tests.billing.test_webhooks_out import with_secrets
from tests.pretend_stripe import RunningStripe
from tests.torture.fuzzing import INTERNALS, Tries, bent, bent_bytes, bent_text, noise, text_noise

pytestmark = pytest.mark.torture

# What reading and being refused leave behind.
KEPT = ("api_replies", "audit_entries", "api_keys", "drawings")


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    with served(with_secrets(desk), limit=10**9) as client:
        yield client


def samples(desk: Desk) -> list[tuple[str, str, dict[str, Any], dict[str, Any] | None]]:
    """Method, path, query and body of requests that are fine."""
    owner = desk.owner()
    home = desk.property_of(owner, channel=None)
    plan = desk.buy(owner, home, "ai-bot/small/month").id
    (invoice,) = desk.invoices()
    used = {"event_id": "e-1", "workspace": WORKSPACE, "property": home.id, "add_on": "ai-bot", "quantity": 1}
    used |= {"at": desk.clock.now.isoformat()}
    whose = {"workspace": WORKSPACE, "property": home.id}
    cursor = {"limit": "1", "cursor": "VDAwMDEgc3ViXzE", **whose}
    lists = ("subscriptions", "invoices", "credit-notes", "payments", "customers", "webhook-deliveries")
    return [
        *(("GET", f"/{noun}", cursor, None) for noun in lists),
        ("GET", "/events", {"after": "evt_1", "limit": "2"}, None),
        ("GET", "/entitlements", whose, None),
        ("GET", "/usage", whose, None),
        ("GET", f"/invoices/{invoice.id}.pdf", {"language": "it"}, None),
        ("POST", "/usage", {}, used),
        ("POST", "/usage/batch", {}, {"events": [used, {**used, "event_id": "e-2"}]}),
        ("POST", f"/subscriptions/{plan}/cancel", {}, {"reason": "Closed"}),
        ("POST", f"/subscriptions/{plan}/uncancel", {}, None),
        (
            "POST",
            "/credit-notes",
            {},
            {"invoice": invoice.id, "amount": "1.00", "reason": "x", "refund": False},
        ),
        ("POST", "/refunds", {}, {"invoice": invoice.id, "amount": "1.00"}),
        ("POST", "/webhook-endpoints", {}, {"url": "https://example.com/webhooks"}),
        ("POST", "/webhook-endpoints/we_1/replay", {}, {"after": "evt_1", "until": "evt_2"}),
    ]


def ask(dice: random.Random, client: Client, sample: tuple[Any, ...]) -> requests.Response:
    method, path, query, body = sample
    headers: dict[str, Any] = {"Idempotency-Key": f"k-{dice.randrange(10**9)}"}
    match dice.choice(("path", "query", "body", "body", "body", "torn", "key")):
        case "path":
            path = "/" + bent_text(dice, path[1:]).encode(errors="replace").decode("latin-1")
        case "query":
            other = bent(dice, query)
            query = (
                {str(name): str(value) for name, value in other.items()} if isinstance(other, dict) else {}
            )
        case "body":
            sent = json.dumps(bent(dice, body))
            return client.ask(path, method, params=query, data=sent, headers=headers | JSON)
        case "torn":
            torn = dice.choice((bent_bytes(dice, json.dumps(body).encode()), noise(dice)))
            return client.ask(path, method, params=query, data=torn, headers=headers | JSON)
        case "key":
            headers = dice.choice(({}, {"Idempotency-Key": as_header(text_noise(dice))}))
    query = {as_sent(name): as_sent(value) for name, value in query.items()}
    return client.ask(path, method, params=query, json=body, headers=headers)


JSON = {"Content-Type": "application/json"}


def as_sent(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def as_header(text: str) -> bytes:
    """What a client can send: a line break would be another header."""
    return text.replace("\r", "").replace("\n", "").strip().encode(errors="replace")[:4_000]


def test_the_api_answers_whatever_it_is_asked_and_changes_nothing_that_it_refuses(
    desk: Desk, client: Client
) -> None:
    asked = samples(desk)
    for dice in (tries := Tries(2)):
        sample, before = dice.choice(asked), desk.everything(but=KEPT)
        with tries.trying(sample):
            answer = ask(dice, client, sample)
            said = f"{answer.request.method} {answer.request.path_url} {answer.request.body!r}"
            assert answer.status_code < 500, f"{answer.status_code} {answer.text} to {said}"
            if answer.status_code >= 400:
                assert answer.headers["content-type"] in (
                    "application/problem+json",
                    "text/plain; charset=utf-8",
                )
                assert not INTERNALS.search(answer.text), f"{answer.text} to {said}"
                assert desk.everything(but=KEPT) == before


def test_webhooks_of_the_gateway_are_kept_and_heeded_or_refused(
    stripe_desk: Desk, pretend_stripe: RunningStripe, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = stripe_desk
    owner = desk.owner()
    desk.buy(owner, desk.property_of(owner, channel=None), token="pm_card_visa")
    events = [json.loads(delivery(event)) for event in pretend_stripe.stripe.hooks.untold()]
    for dice in (tries := Tries(2)):
        event = dice.choice(events)
        body = json.dumps(bent(dice, event)).encode()
        body = dice.choice((body, body, body, bent_bytes(dice, body), noise(dice)))
        good = signature(body, WEBHOOK_SECRET)
        sent = dice.choice((good, good, good, bent_text(dice, good)))
        before = desk.rows("SELECT event_id FROM gateway_events")
        with tries.trying((body, sent)):
            try:
                webhooks.receive(desk.billing, body, sent)
            except WebhookRefused:
                assert desk.rows("SELECT event_id FROM gateway_events") == before
        with tries.trying((body, sent)):
            webhooks.process(desk.billing)
            assert "Traceback" not in "".join(capsys.readouterr())
    assert len(desk.invoices()) == len(pretend_stripe.collected()) == 1
