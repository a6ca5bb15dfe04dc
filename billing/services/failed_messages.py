"""Failed messages and dead letters, for the operator: what they are, sent again, or dropped."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from billing.queries import failed_messages as queries
from billing.services.outbox_facts import property_in
from billing.values.actors import Actor
from billing.values.outbox import FailedMessage
from billing.work import Billing, Work


def failed(billing: Billing) -> tuple[FailedMessage, ...]:
    """The messages of which a try failed and that nobody has got, in all workspaces, oldest first."""
    with billing.read("outbox.list") as work:
        return tuple(map(_snapshot, work.session.execute(queries.failed())))


def retry(billing: Billing, number: int) -> bool:
    """It is due at once, and is tried for three days more; False where no such message waits."""
    with billing.work("outbox.retry") as work:
        if not _is_found(work, number):
            return False
        work.session.execute(queries.retry(), {"of_number": number})
        work.record("outbox.retry", str(number))
        return True


def drop(billing: Billing, number: int, reason: str) -> bool:
    """Nobody gets it any more, says the operator, and why; False where no such message waits."""
    with billing.work("outbox.drop") as work:
        if not _is_found(work, number):
            return False
        said = f"dropped: {reason}"[:300]
        work.session.execute(queries.drop(), {"of_number": number, "now": work.now, "reason": said})
        work.record("outbox.drop", str(number), after={"reason": reason[:300]})
        return True


def _is_found(work: Work, number: int) -> bool:
    """Locks it; what is done to it stands in the audit log of its workspace and property."""
    row = work.session.execute(queries.failed_one(), {"number": number}).first()
    if row is None:
        return False
    work.actor = Actor(row.workspace_id, "", "operator")
    work.property_id = property_in(row.fact) or None
    return True


def _snapshot(row: Row[Any]) -> FailedMessage:
    return FailedMessage(
        number=row.number,
        workspace_id=row.workspace_id,
        audience=row.audience,
        address=row.address,
        kind=row.kind,
        about=_about(row.fact),
        written_at=row.written_at,
        tries=row.tries,
        error=row.last_error or "",
        due_at=row.due_at,
        given_up_at=row.dead_at,
    )


def _about(fact: str) -> str:
    """The property and, where it is about one, the subscription; empty where that cannot be read."""
    try:
        event = json.loads(fact)["event"]
        names = [event.get("property_name"), event.get("add_on"), event.get("plan")]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return " ".join(str(name) for name in names if name)
