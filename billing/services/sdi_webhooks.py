"""What who brings e-invoices to SdI tells by itself: stored, answered, then asked after. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from billing.models import GatewayEventRow
from billing.queries import gateway_events as queries
from billing.queries.in_sql import insert_once
from billing.services import sdi_mails
from billing.services.copies import held_why
from billing.transports import EInvoiceTransport
from billing.work import Billing

SENDER = "invoicetronic"


@dataclass(frozen=True, slots=True)
class SdiWebhooks:
    """`verify` answers the name of a genuine one; by `transport` is asked what is new, as each tick does."""

    billing: Billing
    verify: Callable[[bytes, str, datetime], str]
    transport: EInvoiceTransport

    def receive(self, body: bytes, signature: str) -> bool:
        """Stores it, once however often the same comes; whether it is new.

        Raises WebhookRefused for what is forged or stale: nothing is stored then.
        """
        name = self.verify(body, signature, self.billing.clock())
        with self.billing.work("webhook.receive") as work:
            row = {
                "gateway": SENDER,
                "event_id": name,
                "kind": "update",
                "object_id": "",
                "received_at": work.now,
            }
            return insert_once(work.session, GatewayEventRow, row)

    def process(self) -> None:
        """Asks what is new, and notes of all that had come by then that it was asked after.

        Who does not answer is asked by the next tick; nothing is sent here.
        """
        if held_why(self.billing):
            return
        before = self.billing.clock()
        if not sdi_mails.receive(self.billing, self.transport):
            return
        with self.billing.work("webhook.processed") as work:
            work.session.execute(
                queries.mark_processed(), {"sender": SENDER, "before": before, "at": work.now}
            )
