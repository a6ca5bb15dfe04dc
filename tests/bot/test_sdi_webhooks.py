"""Invoicetronic's webhooks at the server: genuine ones are stored and asked after, all others get a 400."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from billing.bootstrap import sdi_webhooks_of
from billing.settings import BillingSettings
from bot.server import Server
from sandbox.invoicetronic import signature
from sandbox.serving import serving
from tests.billing.desk import Desk
from tests.billing.invoicetronic_office import InvoicetronicOffice, invoicetronic_office
from tests.billing.test_invoicetronic import SELLER
from tests.bot.conftest import FarSide
from tests.bot.test_outbox import until

BODY = b'{"endpoint": "update", "resource_id": 1}'


@pytest.fixture
async def served(
    sqlite_desk: Desk, far_side: FarSide
) -> AsyncIterator[tuple[InvoicetronicOffice, ClientSession]]:
    settings = far_side.knows_the_bot()
    with invoicetronic_office(sqlite_desk) as office:
        billing = office.desk.billing
        sdi = sdi_webhooks_of(BillingSettings.model_validate(SELLER | office.settings), billing)
        server = Server(billing, settings, sdi=sdi)
        async with serving(server.asgi, 0) as url, ClientSession(url) as session:
            yield office, session


async def told(session: ClientSession, signed: str, body: bytes = BODY) -> int:
    headers = {"Invoicetronic-Signature": signed}
    async with session.post("/webhooks/invoicetronic", data=body, headers=headers) as answer:
        return answer.status


async def test_a_genuine_one_is_answered_at_once_and_then_asked_after(
    served: tuple[InvoicetronicOffice, ClientSession],
) -> None:
    office, session = served
    await asyncio.to_thread(office.buy)
    await asyncio.to_thread(office.run)
    office.far.says("Consegnato")
    now = office.desk.clock.now
    assert [await told(session, signature(BODY, now)) for _ in range(2)] == [200, 200]
    await until(lambda: office.states() == ["delivered"])
    assert await told(session, signature(BODY, now, "another secret")) == 400
    assert await told(session, signature(BODY, now), b"{}") == 400
    assert await told(session, "") == 400
    assert len(office.desk.rows("SELECT event_id FROM gateway_events")) == 1


async def test_without_a_secret_there_is_no_such_address(sqlite_desk: Desk) -> None:
    with invoicetronic_office(sqlite_desk) as office:
        settings = SELLER | office.settings | {"invoicetronic_webhook_secret": ""}
        assert sdi_webhooks_of(BillingSettings.model_validate(settings), office.desk.billing) is None
