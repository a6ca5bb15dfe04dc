"""What SdI answers: each receipt is kept as it came, and moves the edition of its file where it can be true."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from billing.invoicing.editions import lock_files
from billing.models import EInvoice, SdiReceipt
from billing.models.einvoices import Verdict
from billing.queries import einvoices as queries
from billing.queries.sdi_mails import sending_of_file
from billing.values import sdi
from billing.values.actors import Actor
from billing.values.sdi import EInvoiceState, Receipt, ReceiptKind, is_to_office
from billing.work import Billing, Work

# What is settled is not looked at again; the rest is, for what was not known may be by now (after a restore).
SETTLED = (Verdict.TAKEN, Verdict.LATE, Verdict.DOUBLE)
# SdI was sent a file of that name before.
KNOWN_FILE = "00002"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a receipt: of which document and file, in which state the edition is now, empty where unknown.

    `again`: the same bytes had come before.
    """

    verdict: str
    again: bool
    file_name: str
    number: str
    state: str
    errors: tuple[tuple[str, str], ...]


def take(billing: Billing, receipt: Receipt, content: bytes) -> Taken:
    """Keeps the receipt and does what it says, once; in whatever order receipts come, the last state is the same."""
    digest = hashlib.sha256(content).hexdigest()
    with billing.work("einvoices.receipt") as work:
        session = work.session
        lock_files(session)
        before = session.scalars(queries.receipt_again(), {"digest": digest}).first()
        found = session.scalars(queries.of_file(), {"name": receipt.sent_as}).first()
        if before is not None and before.verdict in SETTLED:
            return _taken(before.verdict, receipt, found, again=True)
        verdict = _verdict(work, receipt, found)
        if before is not None:
            session.delete(before)
            session.flush()
        kept = SdiReceipt(
            workspace_id=found.workspace_id if found else "",
            digest=digest,
            file_name=receipt.file_name,
            kind=str(receipt.kind),
            sdi_id=receipt.sdi_id,
            verdict=verdict,
            taken_at=work.now,
            content=content,
        )
        session.add(kept)
        if found is not None and verdict in SETTLED and verdict is not Verdict.DOUBLE:
            _move(work, found, receipt)
        return _taken(verdict, receipt, found, again=before is not None)


def _verdict(work: Work, receipt: Receipt, found: EInvoice | None) -> Verdict:
    if receipt.kind is ReceiptKind.METADATA:
        return Verdict.NOT_OURS
    if found is None:
        return Verdict.UNKNOWN
    if _is_double(work, receipt, found):
        return Verdict.DOUBLE
    if _is_of_other_file(receipt, found):
        return Verdict.FORGED
    if receipt.to_office not in (None, is_to_office(found.content)):
        return Verdict.OTHER_SCHEMA
    said = sdi.STATE_OF[receipt.kind]
    if sdi.contradicts(found.state, said):
        return Verdict.CONTRADICTS
    return Verdict.TAKEN if sdi.after(found.state, said) == said else Verdict.LATE


def _is_double(work: Work, receipt: Receipt, found: EInvoice) -> bool:
    """Whether it rejects a copy of what was sent twice, not being known to have gone: the first one counts."""
    if {error.code for error in receipt.errors} != {KNOWN_FILE}:
        return False
    sending = work.session.scalars(sending_of_file(), {"name": found.file_name}).first()
    return sending is not None and sending.perhaps_sent > 1


def _is_of_other_file(receipt: Receipt, found: EInvoice) -> bool:
    """SdI gives a file one number, and says which bytes it had; of a file that was signed it had others than we."""
    if found.sdi_id is not None and receipt.sdi_id != found.sdi_id:
        return True
    return bool(receipt.digest) and not receipt.is_of_signed and receipt.digest != found.digest


def _move(work: Work, edition: EInvoice, receipt: Receipt) -> None:
    edition.sdi_id = receipt.sdi_id
    before, now = edition.state, sdi.after(edition.state, sdi.STATE_OF[receipt.kind])
    if now == before:
        return
    edition.state, edition.answered_at = now, receipt.said_at or work.now
    if now is EInvoiceState.REJECTED:
        edition.errors = [[error.code, error.words] for error in receipt.errors]
    work.actor = Actor(edition.workspace_id, "", "operator")
    after = {"number": edition.number, "file": edition.file_name, "state": str(now)}
    work.record("einvoices.receipt", edition.document_id, before={"state": str(before)}, after=after)


def _taken(verdict: Verdict, receipt: Receipt, found: EInvoice | None, *, again: bool) -> Taken:
    errors = tuple((error.code, error.words) for error in receipt.errors)
    number, state = (found.number, str(found.state)) if found else ("", "")
    return Taken(str(verdict), again, receipt.file_name, number, state, errors)
