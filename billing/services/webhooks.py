"""What the gateway tells by itself: stored once, then heeded."""

from __future__ import annotations

from billing.models import GatewayEventRow
from billing.payments import webhooks as events
from billing.queries.in_sql import insert_once
from billing.work import Billing


def receive(billing: Billing, body: bytes, signature: str) -> bool:
    """Stores the event, once however often it comes; whether it is new.

    Raises WebhookRefused for what is forged, stale, malformed or of another account: nothing is stored then.
    """
    event = billing.gateway.read_webhook(body, signature)
    with billing.work("webhook.receive") as work:
        row = {
            "gateway": billing.gateway.name,
            "event_id": event.id,
            "kind": event.kind,
            "object_id": event.object_id,
            "received_at": work.now,
        }
        return insert_once(work.session, GatewayEventRow, row)


def process(billing: Billing) -> int:
    """Asks the gateway after everything of which it has told; answers how many events that were."""
    return events.process(billing)
