"""What the rows of the outbox say: written by any version, and read by this one."""

from __future__ import annotations

import json
from typing import Any

from billing.queries.invoices import received
from billing.values.events import EVENTS, PaymentReceived, PropertyEvent
from billing.work import Work


class Unreadable(Exception):
    """This version cannot make anything of the row; the message says why."""


def fact_in(text: str) -> dict[str, Any]:
    """What a row of the outbox says, as plain data. Raises Unreadable."""
    try:
        fact = json.loads(text)
    except ValueError:
        raise Unreadable("its fact is no JSON") from None
    if not isinstance(fact, dict):
        raise Unreadable("its fact is no JSON object")
    return fact


def property_in(fact: str) -> str | None:
    """The property that the fact is about; None where that cannot be read."""
    try:
        return str(fact_in(fact)["event"]["property_id"])
    except (Unreadable, KeyError, TypeError):
        return None


def announced_by(fact: str) -> str | None:
    """The property to whose team it is told: of a transfer that of the property which is left, too."""
    about = property_in(fact)
    return about and str(fact_in(fact).get("announced_by") or about)


def event_in(work: Work, workspace_id: str, kind: str, fact: dict[str, Any]) -> PropertyEvent:
    """The fact that it tells. Raises Unreadable."""
    if kind not in EVENTS:
        raise Unreadable(f"a fact of the unknown kind {kind}")
    try:
        plain = fact["event"]
        if kind == PaymentReceived.__name__ and PaymentReceived.said_by_rows.isdisjoint(plain):
            plain |= _received(work, workspace_id, plain["payment_id"])
        return EVENTS[kind].from_json(plain)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from None


def _received(work: Work, workspace_id: str, payment_id: object) -> dict[str, Any]:
    """What the message of a payment leaves out in its short form: the rows say it for good."""
    if not isinstance(payment_id, str):
        raise Unreadable("its payment is not named by an id")
    found = work.session.execute(received(), {"workspace_id": workspace_id, "payment_id": payment_id}).first()
    if found is None:
        raise Unreadable("its payment, or the invoice of that, is not there")
    return found._asdict()
