"""The outbox: messages are claimed by a worker, told, tried again later, or given up as dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from billing.models import CreditNote, Invoice, OutboxMessage, UnusableChannel
from billing.queries import outbox as queries
from billing.queries import outbox_holds
from billing.queries.channels import usable_again
from billing.queries.clock import database_now
from billing.queries.members import roles_of
from billing.queries.outbox import HOLD
from billing.rendering import file_of
from billing.services import charge_reminders
from billing.services.outbox_facts import Unreadable, event_in, fact_in
from billing.services.outbox_turns import taken_in_turn
from billing.values.events import CreditNoteIssued, PaymentReceived, PropertyEvent, Reminder
from billing.values.outbox import IN_SLACK, Audience, Before, Delivery, Destination
from billing.values.snapshots import InvoiceFile
from billing.work import Billing, Work

__all__ = [
    "DOCUMENTED",
    "HOLD",
    "MAX_WAIT",
    "claim",
    "document",
    "drop",
    "failed",
    "let_go",
    "posted",
    "redrive",
    "still_held",
    "tell_no_more",
    "told",
]
MAX_WAIT = timedelta(hours=1)
# So long a message that cannot be read waits for a version that can: an upgrade, or one that was taken back.
UNREADABLE_FOR = timedelta(days=3)
# So long, and so many times at least, Slack is asked to take a message: the bot itself may have been away meanwhile.
TRIED_FOR, MIN_TRIES = timedelta(days=3), 12
# Facts of which the message has a document in its thread.
DOCUMENTED = (PaymentReceived, CreditNoteIssued)
log = structlog.get_logger()


def claim(billing: Billing, limit: int = 20, audiences: tuple[Audience, ...] = IN_SLACK) -> list[Delivery]:
    """Takes the oldest untold message of each place that is due and that nobody holds, for these audiences.

    What cannot be read is quarantined here, and keeps nothing else waiting; what is for somebody who may not read the
    property's billing any more is dropped. Nothing is left to claim where the answer is empty.
    """
    while not billing.held.is_set():
        with billing.work("outbox.claim") as work:
            rows = taken_in_turn(work, limit, audiences)
            readable = [delivery for row in rows if (delivery := _read(work, row)) is not None]
            to_tell = _as_things_stand(work, _without_the_removed(work, readable))
        if to_tell or not rows:
            return to_tell
    return []  # the books that these were copied from have told it


def _without_the_removed(work: Work, claimed: Sequence[Delivery]) -> list[Delivery]:
    """Those whose readers may read the property's billing still: while it waited they may have lost their role."""
    needed = {one.membership for one in claimed if one.membership}
    if not needed:
        return list(claimed)
    found = work.session.execute(roles_of(), {"memberships": list(needed)})
    lost = needed - {(*key,) for *key, role in found if role.reads}
    for one in claimed:
        if one.membership in lost:
            tell_no_more(work, one.number, "the reader may not read the property's billing any more")
    return [one for one in claimed if one.membership not in lost]


def _as_things_stand(work: Work, claimed: Sequence[Delivery]) -> list[Delivery]:
    """Reminders say what is so by now: what waited until it is not so any more is told no more."""
    found = list[Delivery]()
    for one in claimed:
        event: PropertyEvent | None = one.event
        if isinstance(event, Reminder):
            event = charge_reminders.as_things_stand(work, one.workspace_id, event)
        if event is None:
            tell_no_more(work, one.number, "it is not so any more")
        else:
            found.append(replace(one, event=event))
    return found


def told(billing: Billing, number: int, message_ref: str | None = None) -> None:
    """The fact has been told; its row stays as a record of that, and of the message in which it was told."""
    with billing.work("outbox.told") as work:
        row = tell_no_more(work, number, message_ref=message_ref)
        if row.audience is Audience.SLACK_CHANNEL:
            of_it = {"of_workspace": row.workspace_id, "of_channel": row.address}
            if work.session.scalar(usable_again(), of_it) is not None:
                work.session.execute(queries.due_now(), of_it)


def tell_no_more(
    work: Work, number: int, error: str | None = None, message_ref: str | None = None
) -> OutboxMessage:
    """The same in a transaction that does more; `error` says why it was not told after all."""
    row = _row(work, number)
    row.told_at, row.claimed_until, row.last_error = work.now, None, error or row.last_error
    row.message_ref = message_ref or row.message_ref
    return row


def drop(billing: Billing, number: int, why: str) -> None:
    """Nobody is there to be told: it is not tried again."""
    with billing.work("outbox.drop") as work:
        tell_no_more(work, number, why)


def posted(billing: Billing, row: Delivery, message_ref: str) -> bool:
    """The message is there, its document is not yet: whatever happens now, the message is not sent again.

    It is held from now on for as long as a new claim would be. The tries that count from here on are its document's:
    how often the message itself had to be tried, while Slack was away, says nothing of that. False where nobody there
    is to be told any more: the document does not follow.
    """
    with billing.work("outbox.posted") as work:
        kept = _row(work, row.number)
        if kept.told_at is not None or kept.address != row.to.address:
            return False
        if kept.message_ref is None:
            kept.message_ref, kept.tries = message_ref, 1
        work.session.execute(outbox_holds.hold_on(), {"of_number": row.number})
        return True


def still_held(billing: Billing, row: Delivery) -> bool:
    """Holds it from now on for as long as a new claim would; False where another has taken it meanwhile."""
    with billing.work("outbox.hold") as work:
        held = work.session.connection().execute(outbox_holds.hold_if_claimed(), _as_claimed(row))
        return bool(held.rowcount)


def let_go(billing: Billing, row: Delivery) -> None:
    """It was not tried: who comes next may take it at once."""
    with billing.work("outbox.let_go") as work:
        work.session.connection().execute(outbox_holds.let_go(), _as_claimed(row))


def _as_claimed(row: Delivery) -> dict[str, int]:
    return {"of_number": row.number, "of_tries": row.tries}


def redrive(billing: Billing) -> int:
    """Takes the dead letters back into the outbox, as if they had just been written; answers how many.

    What still cannot be read is given up again after three days.
    """
    with billing.work("outbox.redrive") as work:
        return len(work.session.execute(queries.redrive()).all())


def document(billing: Billing, workspace_id: str, event: PropertyEvent, language: str) -> InvoiceFile | None:
    """The PDF that belongs to the fact, in that language: who is told of the fact may have it."""
    with billing.read("outbox.document") as work:
        found: Invoice | CreditNote | None = None
        if isinstance(event, PaymentReceived):
            found = work.session.get(Invoice, (workspace_id, event.invoice_id))
        elif isinstance(event, CreditNoteIssued):
            found = work.session.get(CreditNote, (workspace_id, event.credit_note_id))
    return file_of(billing, found, language) if found else None


def said_in(
    billing: Billing, workspace_id: str, addresses: Sequence[str], message_ref: str
) -> PropertyEvent | None:
    """The newest fact of what that message at one of the addresses tells, told in it already or about to be.

    None for a message that tells none, or one that cannot be read.
    """
    with billing.read("outbox.said_in") as work:
        of_it = {"workspace_id": workspace_id, "addresses": list(addresses), "message_ref": message_ref}
        row = work.session.execute(queries.shown_in(), of_it).first()
        if row is not None and row.subject_key is not None:
            of_subject = {"audience": row.audience, "address": row.address, "subject_key": row.subject_key}
            row = work.session.execute(
                queries.newest_of_subject(), {"workspace_id": workspace_id, **of_subject}
            ).one()
        try:
            return event_in(work, workspace_id, row.kind, fact_in(row.fact)) if row else None
        except Unreadable:
            return None


def failed(
    billing: Billing, number: int, error: str, retry_after: float | None = None, *, for_good: bool = False
) -> None:
    """It could not be told now: it is tried again after `retry_after` seconds, or after a wait that doubles.

    Where Slack only wants us to wait, that was no try: nothing is given up for it, nor told without its document.
    What Slack has not taken for three days is a dead letter, but for what waits for a channel that is usable; what
    failed `for_good` is one at once.
    """
    with billing.work("outbox.failed") as work:
        row = _row(work, number)
        wait = _wait(row.tries) if retry_after is None else timedelta(seconds=retry_after)
        row.claimed_until, row.last_error = None, error[:300]
        work.session.execute(queries.due_again(wait), {"of_number": number})
        if retry_after is not None:
            row.tries = max(row.tries - 1, 0)
        elif for_good or _is_hopeless(work, row):
            work.session.execute(queries.give_up(), {"of_number": number})
            log.error("a message is given up", number=number, kind=row.kind, error=error)


def _is_hopeless(work: Work, row: OutboxMessage) -> bool:
    """Mail has an end of its own; a channel that is unusable is told to who can choose another."""
    if row.told_at is not None or row.audience not in IN_SLACK or row.tries < MIN_TRIES:
        return False
    waited = work.session.execute(database_now()).scalar_one() - row.queued_at
    return waited >= TRIED_FOR and work.session.get(UnusableChannel, (row.workspace_id, row.address)) is None


def _wait(tries: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(tries, 12)), MAX_WAIT)


def _row(work: Work, number: int) -> OutboxMessage:
    return work.session.execute(queries.message(), {"number": number}).scalar_one()


def _read(work: Work, row: Row[Any]) -> Delivery | None:
    """What the claimed row says; None for one that cannot be read, which is quarantined."""
    try:
        fact = fact_in(row.fact)
        if not row.address:
            raise Unreadable("it names no address")
        return Delivery(
            number=row.number,
            workspace_id=row.workspace_id,
            to=Destination.read(row.audience, row.address, fact),
            event=event_in(work, row.workspace_id, row.kind, fact),
            written_at=row.written_at,
            before=_before(work, row),
            message_ref=row.message_ref,
            tries=row.tries,
            waited=row.now - row.queued_at,
        )
    except Unreadable as unreadable:
        _quarantine(work, row, str(unreadable)[:300])
        return None


def _before(work: Work, row: Row[Any]) -> Before | None:
    """What was told last of the same thing; None also where that cannot be read: then it is told anew."""
    if row.subject_key is None:
        return None
    keys = ("workspace_id", "audience", "address", "subject_key", "number")
    last = work.session.execute(queries.told_before(), {key: getattr(row, key) for key in keys}).first()
    try:
        if last is None:
            return None
        event = event_in(work, row.workspace_id, last.kind, fact_in(last.fact))
        return Before(last.message_ref, event, last.written_at)
    except Unreadable:
        return None


def _quarantine(work: Work, row: Row[Any], error: str) -> None:
    """Tries it again until a version that knows it should be there; the log is told at the beginning and the end."""
    since: datetime | None = row.quarantined_at
    is_over = since is not None and row.now - since >= UNREADABLE_FOR
    work.session.execute(
        queries.quarantine(_wait(row.tries), is_over=is_over), {"of_number": row.number, "error": error}
    )
    if is_over:
        log.error("a message is given up", number=row.number, kind=row.kind, error=error)
    elif since is None:
        log.error("a message cannot be read", number=row.number, kind=row.kind, error=error)
