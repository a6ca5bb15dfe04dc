"""What the gateway has not decided: tries to collect, and its own events that nobody has asked after yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.models import GatewayEventRow
from billing.payments.outcomes import PaymentKey
from billing.payments.polling import poll
from billing.queries.gateway_events import waiting
from billing.queries.payment_attempts import undecided
from billing.values.refusals import NotFound
from billing.work import Billing


@dataclass(frozen=True, slots=True)
class UndecidedPayment:
    """A payment whose newest try nobody knows the end of; `state` is that try's."""

    workspace_id: str
    payment_id: str
    gateway_id: str | None
    amount: str
    state: str
    sent_at: datetime
    asked: int
    next_ask_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """A webhook that was stored, and about whose object the gateway was not asked yet."""

    event_id: str
    kind: str
    object_id: str
    received_at: datetime


def payments(billing: Billing) -> tuple[UndecidedPayment, ...]:
    """Those of all workspaces, the oldest try first."""
    with billing.read("payments.undecided") as work:
        return tuple(
            UndecidedPayment(
                payment.workspace_id,
                payment.id,
                payment.gateway_id,
                f"{payment.amount.decimal} {payment.amount.currency}",
                str(attempt.state),
                attempt.sent_at,
                attempt.polls,
                attempt.poll_at,
            )
            for payment, attempt in work.session.execute(undecided())
        )


def ask(billing: Billing, payment_id: str) -> str | None:
    """Asks the gateway now what became of that payment: its answer; None where it gives none. Raises NotFound.

    A try that never arrived is sent again, under the same key: nothing is charged twice. Where its time is over, it
    is given up in place of that.
    """
    found = next((one for one in payments(billing) if one.payment_id == payment_id), None)
    if found is None:
        raise NotFound("undecided payment")
    outcome = poll(billing, PaymentKey(found.workspace_id, payment_id))
    return str(outcome.answer) if outcome else None


def events(billing: Billing) -> tuple[WaitingEvent, ...]:
    """Those of the gateway of the settings, the oldest first."""
    with billing.read("events.waiting") as work:
        rows = work.session.execute(waiting(), {"gateway": billing.gateway.name})
        return tuple(WaitingEvent(*row) for row in rows)


def drop_event(billing: Billing, event_id: str, reason: str) -> None:
    """Nobody asks after it any more, says the operator, and why. Raises NotFound where no such event waits."""
    with billing.work("event.drop") as work:
        found = work.session.get(GatewayEventRow, (billing.gateway.name, event_id), with_for_update=True)
        if found is None or found.processed_at is not None:
            raise NotFound("waiting event")
        found.processed_at = work.now
        work.record("event.drop", event_id[:40], after={"reason": reason[:300]})
