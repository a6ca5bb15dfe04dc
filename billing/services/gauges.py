"""The desk in numbers, for those who watch it: nothing in them is of a person or a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing.models.payments import UNDECIDED
from billing.queries import einvoices, webhooks
from billing.queries import gauges as queries
from billing.services.copies import held_why
from billing.services.einvoices import ITALY, send_by
from billing.values.cycles import local_date
from billing.values.outbox import Audience
from billing.values.sdi import REMINDED
from billing.work import Billing


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and for how many seconds the oldest has: 0 where there is none."""

    count: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Gauges:
    """What waits in all workspaces. `due_seconds` is how long the oldest due work has been due.

    `webhooks` are those to the seller's own product, but for endpoints that are off. `e_invoices_due` are those that
    must be sent, or sent again, within three days, or should have been.
    """

    due_seconds: float
    outbox: Mapping[str, Waiting]
    attempts: Mapping[str, Waiting]
    events: Waiting
    dead_letters: int
    quarantined_messages: int
    quarantined_renewals: int
    webhooks: Waiting
    dead_webhooks: int
    endpoints_off: int
    e_invoices_due: int
    is_held: bool


def read(billing: Billing) -> Gauges:
    """As the rows are now."""
    held = held_why(billing) is not None
    with billing.read("gauges.read") as work:
        session, now = work.session, work.now
        due = [
            session.scalar(each, {"now": now})
            for each in (queries.oldest_due_cycle(), queries.oldest_due_payment())
        ]
        outbox = _by_key(session.execute(queries.waiting_messages()), now)
        tries = _by_key(session.execute(queries.undecided_attempts()), now)
        count, since = session.execute(queries.waiting_events(), {"gateway": billing.gateway.name}).one()
        return Gauges(
            due_seconds=max((_age(since, now) for since in due), default=0.0),
            outbox={str(audience): outbox.get(audience, Waiting()) for audience in Audience},
            attempts={str(state): tries.get(state, Waiting()) for state in sorted(UNDECIDED)},
            events=Waiting(count, _age(since, now)),
            dead_letters=session.scalars(queries.dead_letters()).one(),
            quarantined_messages=session.scalars(queries.quarantined_messages()).one(),
            quarantined_renewals=session.scalars(queries.quarantined_subscriptions()).one(),
            webhooks=_webhooks(session, now),
            dead_webhooks=session.scalars(webhooks.dead_deliveries()).one(),
            endpoints_off=session.scalars(webhooks.endpoints_off()).one(),
            e_invoices_due=_e_invoices_due(session, now),
            is_held=held,
        )


def _webhooks(session: Session, now: datetime) -> Waiting:
    """What has not arrived, and what nobody has begun to send."""
    count, since = session.execute(webhooks.open_deliveries()).one()
    unqueued = session.scalar(webhooks.oldest_unqueued())
    return Waiting(count, max(_age(since, now), _age(unqueued, now)))


def _e_invoices_due(session: Session, now: datetime) -> int:
    last = local_date(now, ITALY) + REMINDED
    terms = (send_by(row) for row in session.execute(einvoices.to_be_sent()))
    return sum(term is not None and term <= last for term in terms)


def _by_key(rows: Iterable[Row[*tuple[Any, ...]]], now: datetime) -> dict[str, Waiting]:
    return {str(key): Waiting(count, _age(since, now)) for key, count, since in rows}


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0
