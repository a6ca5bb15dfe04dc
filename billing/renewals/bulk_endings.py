"""Cancelled plans end set by set: one statement on PostgreSQL, a few on SQLite, which has one writer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from billing.facts import register_writer
from billing.queries.bulk_endings import ENDING, end_claimed, end_filled, fill_ending, last_filled
from billing.queries.renewals import TO_END, Batch
from billing.renewals.batches import Worked, in_batches
from billing.work import Billing, Work

ENDINGS = 10_000


def end_cancelled(billing: Billing, size: int = ENDINGS) -> int:
    """Ends the cancelled plans that are due, `size` at a time; answers how many."""
    return in_batches(billing, "subscriptions.end", TO_END, size, _end)


def _end(work: Work, batch: Batch) -> Worked:
    register_writer(work.session)
    if work.session.get_bind().dialect.name == "postgresql":
        return _end_claimed(work, batch)
    return _end_alone(work, batch)


def _end_claimed(work: Work, batch: Batch) -> Worked:
    """One statement that leaves out what another worker holds."""
    return _worked(work.session.execute(end_claimed(batch, work.now, mails=work.mails)).first())


def _end_alone(work: Work, batch: Batch) -> Worked:
    """SQLite has one writer: what is due is looked up once, and then written from there."""
    connection = work.session.connection()
    ENDING.create(connection)
    ended = connection.execute(fill_ending(batch)).rowcount
    for statement in end_filled(work.now, mails=work.mails):
        connection.execute(statement)
    last = connection.execute(last_filled(ended)).first()
    ENDING.drop(connection)
    return _worked(last)


def _worked(found: Row[Any] | None) -> Worked:
    return Worked(found[0], tuple(found[1:])) if found else Worked(0, None)
