"""A desk that sends its e-invoices by a pretend Invoicetronic, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from billing.adapters.einvoices.invoicetronic import InvoicetronicTransport
from sandbox.invoicetronic import KEY, SECRET, PretendInvoicetronic
from tests.billing.desk import Desk
from tests.billing.sdi_office import SdiOffice
from tests.billing.test_einvoices import sending
from tests.serving import running


@dataclass(frozen=True)
class InvoicetronicOffice(SdiOffice):
    """With the far side."""

    transport: InvoicetronicTransport
    far: PretendInvoicetronic

    def sendings(self) -> list[tuple[Any, ...]]:
        sql = "SELECT state, attempt, perhaps_sent, note FROM sdi_sendings ORDER BY file_name"
        return [tuple(row) for row in self.desk.rows(sql)]


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
        yield InvoicetronicOffice(sending(desk, **settings), settings, transport, far)
