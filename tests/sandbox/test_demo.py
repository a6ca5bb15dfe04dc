"""The demo's workspace as it is found: what was lived before it begins happened on its own days."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from billing import Actor, Billing
from billing.adapters.gateways.sandbox import SandboxGateway
from billing.bootstrap import make_billing
from billing.models import Invoice, OutboxMessage
from billing.services import contacts, credit_notes, refunds
from billing.services.credit_notes import Wanted
from billing.services.reconciliation import reconcile
from billing.values.documents import InvoiceDocument
from sandbox import demo
from sandbox.clock import TurnableClock
from sandbox.session import running_session
from tests.conftest import copy_sqlite

NOW = datetime(2026, 11, 28, 10, 54, tzinfo=UTC)


@pytest.fixture
def seeded(migrated_sqlite: Path, tmp_path: Path) -> Iterator[tuple[Billing, TurnableClock, SandboxGateway]]:
    """The demo's desk as it is found, its clock, and the gateway that its history paid by."""
    path, clock, past = tmp_path / "demo.sqlite3", TurnableClock(NOW), SandboxGateway()
    copy_sqlite(migrated_sqlite, path)
    billing = make_billing(demo.settings(f"sqlite:///{path}"), clock, past)
    demo.seed_demo(billing, NOW)
    yield billing, clock, past
    billing.engine.dispose()


def test_the_demo_takes_nothing_from_the_settings_of_a_real_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("E_INVOICES", "export"), ("SELLER_COUNTRY", "DE"), ("EXCHANGE_RATES", "ecb")):
        monkeypatch.setenv(name, value)
    found = demo.settings("sqlite:///demo.sqlite3")
    assert (found.e_invoices, found.seller_country, found.exchange_rates) == ("off", "IT", "off")
    assert found.seller_name == "Venditore S.p.A."


def documents_of(billing: Billing) -> list[InvoiceDocument]:
    with billing.read("test") as work:
        found = work.session.scalars(select(Invoice).order_by(Invoice.number))
        return [invoice.read_document() for invoice in found]


def test_each_invoice_is_dated_the_day_on_which_its_cycle_began(
    seeded: tuple[Billing, TurnableClock, SandboxGateway],
) -> None:
    documents = documents_of(seeded[0])
    dated = [(document.issued_on, document.lines[0].first_day) for document in documents]
    assert [issued for issued, _ in dated] == [began for _, began in dated]
    assert dated[0][0] == (NOW - timedelta(days=160)).date()
    assert len(dated) == 10


async def test_what_was_paid_before_the_demo_began_can_be_refunded_in_it(
    seeded: tuple[Billing, TurnableClock, SandboxGateway],
) -> None:
    billing, clock, past = seeded
    async with running_session(billing, clock) as session:
        demo.hand_over(past, session.gateway)
        newest = (await asyncio.to_thread(documents_of, session.billing))[-1]
        await asyncio.to_thread(
            credit_notes.issue, session.billing, newest.number, Wanted("12.20", refund=True)
        )
        made = await asyncio.to_thread(
            refunds.refund, session.billing, Actor(demo.TEAM.id, demo.EMMA.id), newest.number, key="again"
        )
        assert (made.amount.minor, made.state) == (1220, "succeeded")
        assert [one["amount"] for one in session.gateway.books.all("refund")] == [1220]
        since = clock() - timedelta(days=365)
        assert await asyncio.to_thread(reconcile, session.billing, since) == ()


def test_a_studio_is_to_get_mail_beside_the_accountant_and_its_code_waits_to_be_sent(
    seeded: tuple[Billing, TurnableClock, SandboxGateway],
) -> None:
    billing, _, _ = seeded
    demo.add_contacts(billing)
    found = contacts.listed(billing, Actor(demo.TEAM.id, demo.EMMA.id)).contacts
    assert [(one.address, one.confirmed) for one in found] == [(demo.ANNA.email, True), (demo.STUDIO, False)]
    with billing.read("test") as work:
        kinds = work.session.scalars(select(OutboxMessage.kind).where(OutboxMessage.told_at.is_(None))).all()
    assert "ContactToConfirm" in kinds
