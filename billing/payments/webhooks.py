"""Heeding what the gateway tells by itself: each event says whom to ask, and the answer decides."""

from __future__ import annotations

import structlog

from billing.models import GatewayEventRow
from billing.payments.cards import SetupKey, poll_setup
from billing.payments.disputes import poll_dispute
from billing.payments.outcomes import PaymentKey
from billing.payments.polling import poll
from billing.payments.refunds import RefundKey, follow_refund
from billing.ports import GatewayUnavailable
from billing.queries.card_setups import setups_of_page
from billing.queries.gateway_events import unprocessed
from billing.queries.payments import payments_at_gateway
from billing.queries.refunds import refunds_at_gateway
from billing.work import Billing

BATCH_SIZE = 100
log = structlog.get_logger()


def process(billing: Billing) -> int:
    """Asks after everything of which the gateway has told and nobody has asked yet; answers how many.

    What is left, because the process ends or the gateway is away, is asked after by who comes next.
    """
    done, failed = 0, set[str]()
    while _goes_on(billing) and (events := _unprocessed(billing, failed)):
        for event_id, object_id, kind in events:
            if not _goes_on(billing):
                break
            try:
                _ask_after(billing, object_id, kind)
                _mark_processed(billing, event_id)
                done += 1
            except Exception as trouble:  # whatever it is, it is logged and the others go on (promise 9)
                is_silence = isinstance(trouble, GatewayUnavailable)  # and no traceback helps
                log.error("an event could not be processed", event_id=event_id, exc_info=not is_silence)
                failed.add(event_id)
    return done


def _goes_on(billing: Billing) -> bool:
    return not (billing.held.is_set() or billing.stopping.is_set() or billing.gateway.is_away())


def _unprocessed(billing: Billing, but: set[str]) -> list[tuple[str, str, str]]:
    with billing.read("webhook.process") as work:
        wanted = {"gateway": billing.gateway.name, "failed": list(but), "size": BATCH_SIZE}
        rows = work.session.execute(unprocessed(), wanted)
        return [(row.event_id, row.object_id, row.kind) for row in rows]


def _ask_after(billing: Billing, object_id: str, kind: str) -> None:
    """Whatever of ours the gateway calls so; what is none of ours is none of our business."""
    with billing.read("webhook.whose") as work:
        statements = (payments_at_gateway(), setups_of_page(), refunds_at_gateway())
        found = [work.session.execute(each, {"gateway_id": object_id}).all() for each in statements]
    for key in found[0]:
        poll(billing, PaymentKey(*key), told=True)
        if is_of_dispute(kind):
            poll_dispute(billing, PaymentKey(*key))
    for key in found[1]:
        poll_setup(billing, SetupKey(*key))
    for key in found[2]:
        follow_refund(billing, RefundKey(*key))


def is_of_dispute(kind: str) -> bool:
    """Whether an event of that kind tells of a dispute, as in Stripe's `charge.dispute.created`."""
    return ".dispute." in kind


def _mark_processed(billing: Billing, event_id: str) -> None:
    with billing.work("webhook.processed") as work:
        work.session.get_one(GatewayEventRow, (billing.gateway.name, event_id)).processed_at = work.now
