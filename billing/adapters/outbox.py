"""The outbox's rows: claimed by a worker, told, or tried again later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from billing.models import CreditNote, Invoice, OutboxMessage
from billing.rendering import file_of
from billing.values.events import EVENTS, CreditNoteIssued, PaymentReceived, PropertyEvent
from billing.values.snapshots import InvoiceFile
from billing.work import MAIL, Billing, Work

HOLD = timedelta(seconds=60)
MAX_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Before:
    """What the place was told last of the same thing, and the receiver's name for that message."""

    message_ref: str
    event: PropertyEvent


@dataclass(frozen=True, slots=True)
class Delivery:
    """A fact that this worker holds and must tell. `number` is the key by which a copy can be known.

    The event is None where its kind is unknown here: a newer version of this program wrote it. `reader` is the
    person whom alone it is for; `edits` is the message that is to say it instead of what it said before.
    `message_ref` is the message in which it was told already, where only its document is missing. `tries` counts
    this one too.
    """

    number: int
    workspace_id: str
    channel: str
    event: PropertyEvent | None
    written_at: datetime
    reader: str | None = None
    edits: str | None = None
    before: Before | None = None
    message_ref: str | None = None
    tries: int = field(default=1, compare=False)


def claim(billing: Billing, limit: int = 20, *, of_mail: bool = False) -> list[Delivery]:
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
        return [_delivery(row, _before(work, row)) for row in rows]


def told(billing: Billing, number: int, message_ref: str | None = None) -> None:
    """The fact has been told; its row stays as a record of that, and of the message in which it was told."""
    with billing.work("outbox.told") as work:
        tell_no_more(work, number, message_ref=message_ref)


def tell_no_more(work: Work, number: int, error: str | None = None, message_ref: str | None = None) -> None:
    """The same in a transaction that does more; `error` says why it was not told after all."""
    row = _row(work, number)
    row.told_at, row.claimed_until, row.last_error = work.now, None, error or row.last_error
    row.message_ref = message_ref or row.message_ref


def posted(billing: Billing, number: int, message_ref: str) -> None:
    """The message is there, its document is not yet: whatever happens now, the message is not sent again."""
    with billing.work("outbox.posted") as work:
        _row(work, number).message_ref = message_ref


def document(billing: Billing, workspace_id: str, event: PropertyEvent, language: str) -> InvoiceFile | None:
    """The PDF that belongs to the fact, in that language: who is told of the fact may have it."""
    with billing.read("outbox.document") as work:
        found: Invoice | CreditNote | None = None
        if isinstance(event, PaymentReceived):
            found = work.session.get(Invoice, (workspace_id, event.invoice_id))
        elif isinstance(event, CreditNoteIssued):
            found = work.session.get(CreditNote, (workspace_id, event.credit_note_id))
    return file_of(billing, found, language) if found else None


def failed(billing: Billing, number: int, error: str, retry_after: float | None = None) -> None:
    """It could not be told now: it is tried again after `retry_after` seconds, or after a wait that doubles."""
    with billing.work("outbox.failed") as work:
        row = _row(work, number)
        doubled = min(timedelta(seconds=2 ** min(row.tries, 12)), MAX_WAIT)
        wait = doubled if retry_after is None else timedelta(seconds=retry_after)
        row.claimed_until, row.last_error = None, error[:300]
        row.due_at = work.now + wait


def _row(work: Work, number: int) -> OutboxMessage:
    return work.session.execute(
        select(OutboxMessage).where(OutboxMessage.number == number).with_for_update()
    ).scalar_one()


def _before(work: Work, row: OutboxMessage) -> Before | None:
    if row.subject_key is None:
        return None
    last = work.session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.topic == row.topic,
            OutboxMessage.subject_key == row.subject_key,
            OutboxMessage.message_ref.is_not(None),
            OutboxMessage.number < row.number,
        )
        .order_by(OutboxMessage.number.desc())
        .limit(1)
    )
    event = _event(last) if last else None
    return Before(last.message_ref or "", event) if last and event else None


def _event(row: OutboxMessage) -> PropertyEvent | None:
    kind = EVENTS.get(row.kind)
    return kind.from_json(row.fact["event"]) if kind else None


def _delivery(row: OutboxMessage, before: Before | None) -> Delivery:
    fact = row.fact
    return Delivery(
        number=row.number,
        workspace_id=row.workspace_id,
        channel=fact["channel"],
        event=_event(row),
        written_at=row.written_at,
        reader=fact.get("reader"),
        edits=fact.get("ts"),
        before=before,
        message_ref=row.message_ref,
        tries=row.tries,
    )
