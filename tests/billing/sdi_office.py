"""A desk whose e-invoices go to SdI by itself, whichever way that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from billing.services import purchases, sdi_post
from billing.transports import EInvoiceTransport
from billing.values.companies import Company
from tests.billing.desk import Desk
from tests.billing.test_einvoices import ESEMPIO


@dataclass(frozen=True)
class SdiOffice:
    """The desk, the settings by which it sends, and the transport that they name."""

    desk: Desk
    settings: dict[str, str]
    transport: EInvoiceTransport

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

    def aside(self) -> list[tuple[str, str]]:
        """Why mails, or updates, were set aside, and what of."""
        sql = "SELECT aside, detail FROM sdi_mails WHERE aside <> '' ORDER BY uid"
        return [tuple(row) for row in self.desk.rows(sql)]
