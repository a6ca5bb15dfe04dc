"""A desk that sends its e-invoices by a pretend Invoicetronic, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from billing.adapters.einvoices.invoicetronic import InvoicetronicTransport
from billing.services import purchases, sdi_post
from billing.values.companies import Company
from sandbox.invoicetronic import KEY, SECRET, PretendInvoicetronic
from tests.billing.desk import Desk
from tests.billing.test_einvoices import ESEMPIO, sending
from tests.serving import running


@dataclass(frozen=True)
class InvoicetronicOffice:
    """The desk, the far side, and the transport between them."""

    desk: Desk
    far: PretendInvoicetronic
    transport: InvoicetronicTransport
    settings: dict[str, str]

    def buy(self, company: Company = ESEMPIO) -> None:
        desk = self.desk
        owner = desk.owner()
        order = desk.order(owner, desk.property_of(owner, f"Piazza {desk.key()}"))
        purchases.purchase(desk.billing, owner, replace(order, company=company), key=desk.key())

    def run(self) -> int:
        """What each tick does."""
        return sdi_post.run(self.desk.billing, self.transport)

    def run_later(self, **span: float) -> int:
        self.desk.wait(timedelta(**span))
        return self.run()

    def states(self) -> list[str]:
        return [row.state for row in self.desk.rows("SELECT state FROM einvoices ORDER BY progressive")]

    def sendings(self) -> list[tuple[Any, ...]]:
        sql = "SELECT state, attempt, perhaps_sent, note FROM sdi_sendings ORDER BY file_name"
        return [tuple(row) for row in self.desk.rows(sql)]

    def aside(self) -> list[tuple[str, str]]:
        """Why updates were set aside, and what of."""
        return [
            tuple(row)
            for row in self.desk.rows("SELECT aside, detail FROM sdi_mails WHERE aside <> '' ORDER BY uid")
        ]


@contextmanager
def invoicetronic_office(desk: Desk) -> Iterator[InvoicetronicOffice]:
    far = PretendInvoicetronic(clock=desk.clock)
    with running(far.app) as url:
        settings = {
            "e_invoices": "invoicetronic",
            "invoicetronic_api_key": KEY,
            "invoicetronic_webhook_secret": SECRET,
            "invoicetronic_api_url": f"{url}/v1",
        }
        transport = InvoicetronicTransport(KEY, f"{url}/v1", seconds=5)
        yield InvoicetronicOffice(sending(desk, **settings), far, transport, settings)
