"""The gateway's webhooks at the server: good ones are stored and heeded, all others get a 400 and leave nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from api.limits import MAX_BODY_BYTES
from billing.services import card_setups
from bot.server import Server
from sandbox.gateway.hooks import delivery, signature
from sandbox.gateway.server import WEBHOOK_SECRET
from sandbox.serving import serving
from tests.billing.desk import Desk
from tests.bot.conftest import FarSide
from tests.pretend_stripe import RunningStripe


@pytest.fixture
def by_wire(sqlite_desk: Desk, pretend_stripe: RunningStripe) -> Desk:
    pretend_stripe.stripe.books.clock = sqlite_desk.clock
    return replace(sqlite_desk, billing=replace(sqlite_desk.billing, gateway=pretend_stripe.gateway()))


@pytest.fixture
async def served(by_wire: Desk, far_side: FarSide) -> AsyncIterator[ClientSession]:
    settings = far_side.knows_the_bot()
    async with serving(Server(by_wire.billing, settings).asgi, 0) as url, ClientSession(url) as session:
        yield session


async def told(served: ClientSession, body: bytes, signed: str, path: str = "/webhooks/stripe") -> int:
    async with served.post(path, data=body, headers={"stripe-signature": signed}) as answer:
        return answer.status


async def saved_card_s_event(desk: Desk, stripe: RunningStripe) -> bytes:
    owner = desk.owner()
    made = desk.property_of(owner, channel=None)
    setup = await asyncio.to_thread(card_setups.start, desk.billing, owner, made.id)
    await asyncio.to_thread(stripe.enter_card, setup.url)
    (event,) = stripe.stripe.hooks.untold()
    return delivery(event)


async def test_a_good_one_is_stored_before_it_is_answered_and_heeded_after(
    served: ClientSession, by_wire: Desk, pretend_stripe: RunningStripe
) -> None:
    body = await saved_card_s_event(by_wire, pretend_stripe)
    for _ in range(3):
        assert await told(served, body, signature(body, WEBHOOK_SECRET)) == 200
        assert len(by_wire.rows("SELECT event_id FROM gateway_events")) == 1
    # Heeding follows the answer; the next request comes after it, or else sees it unfinished and waits its turn.
    async with asyncio.timeout(30):
        while not by_wire.rows("SELECT id FROM payment_methods"):
            await told(served, body, signature(body, WEBHOOK_SECRET))
    assert [row.state for row in by_wire.rows("SELECT state FROM card_setups")] == ["saved"]


@pytest.mark.parametrize(
    ("secret", "age"), [("whsec_other", 0), (WEBHOOK_SECRET, 301)], ids=["forged", "stale"]
)
async def test_a_forged_or_stale_one_gets_a_400_and_leaves_nothing(
    served: ClientSession, by_wire: Desk, pretend_stripe: RunningStripe, secret: str, age: int
) -> None:
    body = await saved_card_s_event(by_wire, pretend_stripe)
    assert await told(served, body, signature(body, secret, int(time.time()) - age)) == 400
    assert by_wire.rows("SELECT event_id FROM gateway_events") == []
    assert by_wire.rows("SELECT id FROM payment_methods") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"id": "evt_1"}', b"null"])
async def test_what_is_malformed_gets_a_400(served: ClientSession, by_wire: Desk, body: bytes) -> None:
    assert await told(served, body, signature(body, WEBHOOK_SECRET)) == 400
    assert await told(served, body, "") == 400
    assert by_wire.rows("SELECT event_id FROM gateway_events") == []


async def test_too_large_a_body_and_another_gateway_s_route_are_refused(served: ClientSession) -> None:
    assert await told(served, b"x" * (MAX_BODY_BYTES + 1), "") == 413
    assert await told(served, b"{}", "", "/webhooks/sandbox") == 404
