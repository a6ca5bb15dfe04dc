"""The outbox's rows: claimed by a worker, told, or tried again later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from billing.domain.events import EVENTS, PropertyEvent
from billing.domain.models import OutboxMessage
from billing.work import MAIL, Billing, Work

HOLD = timedelta(seconds=60)
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Untold:
    """A fact that this worker holds and must tell. `number` is the key by which a copy can be known.

    The event is None where its kind is unknown here: a newer version of this program wrote it. `reader` is the
    person whom alone it is for; `edits` is the message that is to say it instead of what it said before.
    """

    number: int
    workspace_id: str
    channel: str
    event: PropertyEvent | None
    written_at: datetime
    reader: str | None = None
    edits: str | None = None


def claim(billing: Billing, limit: int = 20, *, of_mail: bool = False) -> list[Untold]:
    """Takes the oldest untold row of each topic that is due and that nobody holds: those for Slack, or for mail."""
    by_mail = OutboxMessage.topic.like(f"% {MAIL}%")
    with billing.work("outbox.claim") as work:
        earlier = aliased(OutboxMessage)
        oldest = (
            select(func.min(earlier.number))
            .where(earlier.topic == OutboxMessage.topic, earlier.told_at.is_(None))
            .scalar_subquery()
        )
        rows = work.session.scalars(
            select(OutboxMessage)
            .where(
                OutboxMessage.told_at.is_(None),
                by_mail if of_mail else ~by_mail,
                OutboxMessage.number == oldest,
                OutboxMessage.due_at <= work.now,
                or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= work.now),
            )
            .order_by(OutboxMessage.number)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            row.claimed_until = work.now + HOLD
            row.tries += 1
        return [_untold(row) for row in rows]


def told(billing: Billing, number: int) -> None:
    """The fact has been told; its row stays as a record of that."""
    with billing.work("outbox.told") as work:
        tell_no_more(work, number)


def tell_no_more(work: Work, number: int, error: str | None = None) -> None:
    """The same in a transaction that does more; `error` says why it was not told after all."""
    row = _row(work, number)
    row.told_at, row.claimed_until, row.last_error = work.now, None, error or row.last_error


def failed(billing: Billing, number: int, error: str, retry_after: float | None = None) -> None:
    """It could not be told now: it is tried again after `retry_after` seconds, or after a wait that doubles."""
    with billing.work("outbox.failed") as work:
        row = _row(work, number)
        doubled = min(timedelta(seconds=2 ** min(row.tries, 12)), LONGEST_WAIT)
        wait = doubled if retry_after is None else timedelta(seconds=retry_after)
        row.claimed_until, row.last_error = None, error[:300]
        row.due_at = work.now + wait


def _row(work: Work, number: int) -> OutboxMessage:
    return work.session.execute(
        select(OutboxMessage).where(OutboxMessage.number == number).with_for_update()
    ).scalar_one()


def _untold(row: OutboxMessage) -> Untold:
    kind = EVENTS.get(row.kind)
    event = kind.from_json(row.fact["event"]) if kind else None
    fact = row.fact
    return Untold(
        row.number,
        row.workspace_id,
        fact["channel"],
        event,
        row.written_at,
        fact.get("reader"),
        fact.get("ts"),
    )
