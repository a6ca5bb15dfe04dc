"""How far the mail with an e-invoice has come: what was begun, taken, and did not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.models import SdiSending
from billing.models.sdi_mails import SendingState
from billing.queries.einvoices import of_file
from billing.queries.sdi_mails import sending_of_file, sendings_among
from billing.values.actors import Actor
from billing.values.sdi import EInvoiceState
from billing.work import Billing, Work

# What was refused is tried again after this, and after twice as long each time, up to a day.
FIRST_WAIT, LONGEST_WAIT, MAX_FAILURES = timedelta(minutes=15), timedelta(days=1), 10


@dataclass(frozen=True, slots=True)
class SendingSnapshot:
    """How far the mail with a file is: `note` is why it did not go, `next_try_at` when it is looked at again."""

    file_name: str
    state: str
    note: str
    next_try_at: datetime


def among(billing: Billing, file_names: Sequence[str]) -> Mapping[str, SendingSnapshot]:
    """Of those files which are on their way by mail, by name."""
    with billing.read("einvoices.list") as work:
        rows = work.session.scalars(sendings_among(), {"names": list(file_names)})
        return {
            row.file_name: SendingSnapshot(row.file_name, str(row.state), row.note, row.next_try_at)
            for row in rows
            if row.state is not SendingState.TAKEN
        }


def taken(work: Work, file_name: str) -> None:
    """The mail with that file went out: the mail server, the provider or SdI said so."""
    sending = work.session.scalars(sending_of_file(), {"name": file_name}).first()
    if sending is None or sending.state is SendingState.TAKEN:
        return
    sending.state, sending.note, sending.failures = SendingState.TAKEN, "", 0
    _move(work, file_name, EInvoiceState.READY, EInvoiceState.SENT)


def came_back(work: Work, file_name: str, attempt: int, why: str) -> bool:
    """The provider could not deliver that mail: the file goes again, in another mail. False where it has already."""
    sending = work.session.scalars(sending_of_file(), {"name": file_name}).first()
    if sending is None or sending.attempt != attempt or sending.state is SendingState.WAITING:
        return False
    _wait(work, sending, why)
    _move(work, file_name, EInvoiceState.SENT, EInvoiceState.READY)
    return True


def not_sent(work: Work, file_name: str, why: str, *, away: bool) -> None:
    """The mail was refused, or nobody was there to take it: a server that was `away` is asked again at once."""
    sending = work.session.scalars(sending_of_file(), {"name": file_name}).one()
    if sending.state is SendingState.BEGUN:
        _wait(work, sending, why)
        if away:
            sending.next_try_at, sending.failures = work.now, 0


def message_id(file_name: str, attempt: int, address: str) -> str:
    """The name of the mail: the same for the same attempt."""
    return f"<{file_name}.{attempt}@{address.rpartition('@')[2]}>"


def _wait(work: Work, sending: SdiSending, why: str) -> None:
    wait = min(FIRST_WAIT * 2**sending.failures, LONGEST_WAIT)
    sending.state, sending.note = SendingState.WAITING, why[:300]
    sending.next_try_at, sending.failures = work.now + wait, min(sending.failures + 1, MAX_FAILURES)
    sending.perhaps_sent -= 1


def _move(work: Work, file_name: str, before: EInvoiceState, now: EInvoiceState) -> None:
    edition = work.session.scalars(of_file(), {"name": file_name}).one()
    if edition.state is not before:
        return
    edition.state = now
    edition.exported_at = work.now if now is EInvoiceState.SENT else None
    work.actor = Actor(edition.workspace_id, "", "operator")
    after = {"number": edition.number, "file": file_name, "state": str(now)}
    work.record("einvoices.send", edition.document_id, before={"state": str(before)}, after=after)
