"""E-invoices for the operator: what was made, each file, and the files of a day to hand on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from billing.models import CreditNote, Invoice
from billing.queries import einvoices as queries
from billing.values import sdi
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.errors import Unfit
from billing.values.refusals import NotFound
from billing.values.sdi import EInvoiceState
from billing.values.snapshots import InvoiceSnapshot
from billing.work import Billing, Work

BATCH = 500
# The days that the law counts are Italy's.
ITALY = "Europe/Rome"


@dataclass(frozen=True, slots=True)
class EInvoiceSnapshot:
    """One edition of a document as it is listed.

    `errors` is why SdI rejected it: codes and words. `send_by` is the last day to send it (and, where it was sent by
    mail, for SdI to take it) or, where it was rejected, to send it again; None where nothing is to be done.
    """

    workspace_id: str
    document_id: str
    edition: int
    number: str
    issued_on: date
    file_name: str
    sha256: str
    state: str
    exported_at: datetime | None
    answered_at: datetime | None
    errors: tuple[tuple[str, str], ...]
    send_by: date | None

    def left(self, today: date) -> timedelta | None:
        """How long it may still be sent, less than nothing when that is over; None where it need not be."""
        return None if self.send_by is None else self.send_by - today


@dataclass(frozen=True, slots=True)
class OfDay:
    """The e-invoices of the documents of a day, and how many documents of it have none."""

    day: date
    files: tuple[EInvoiceSnapshot, ...]
    without: int


def listed(billing: Billing, day: date | None = None) -> tuple[EInvoiceSnapshot, ...]:
    """Those of that day, or all that are to be sent or sent again, in all workspaces, by day and file name."""
    with billing.read("einvoices.list") as work:
        which = queries.of_day() if day else queries.waiting()
        return tuple(map(_listed, work.session.execute(which, {"day": day} if day else {})))


def day_in_italy(billing: Billing) -> date:
    """The day it is in Italy, whose days the law counts."""
    return local_date(billing.clock(), ITALY)


def with_states(
    work: Work, workspace_id: str, invoices: Sequence[InvoiceSnapshot]
) -> tuple[InvoiceSnapshot, ...]:
    """The invoices and their credit notes, each with where its e-invoice is; as they are where none are made."""
    ids = [invoice.id for invoice in invoices]
    ids += [note.id for invoice in invoices for note in invoice.credit_notes]
    if not (ids and work.issuer.seller.e_invoices):
        return tuple(invoices)
    rows = work.session.execute(queries.states_among(), {"workspace_id": workspace_id, "ids": ids})
    state = {row.document_id: str(row.state) for row in rows}
    return tuple(
        replace(
            invoice,
            e_invoice=state.get(invoice.id, ""),
            credit_notes=tuple(
                replace(note, e_invoice=state.get(note.id, "")) for note in invoice.credit_notes
            ),
        )
        for invoice in invoices
    )


def find(billing: Billing, number: str) -> tuple[tuple[EInvoiceSnapshot, ...], bytes]:
    """The editions of the document with that number, oldest first, and the file of the newest.

    Raises NotFound where no document has the number, and Unfit where it has no e-invoice.
    """
    with billing.read("einvoices.show") as work:
        found = work.session.execute(queries.of_number(), {"number": number}).all()
        named = work.session.scalars(queries.documents_numbered(), {"number": number}).first()
    if named is None:
        raise NotFound("document")
    if not found:
        raise without(number)
    editions = sorted(found, key=lambda row: row.edition)
    return tuple(map(_listed, editions)), editions[-1].content


def of_document(
    billing: Billing, document_id: str, of: Literal["invoice", "credit note"]
) -> tuple[str, bytes]:
    """The newest e-invoice of a document of whatever workspace: name and content. Raises as `find` does."""
    with billing.read("einvoices.show") as work:
        number_of = queries.number_of_document(Invoice if of == "invoice" else CreditNote)
        number = work.session.scalar(number_of, {"id": document_id})
        found = work.session.execute(queries.of_document(), {"id": document_id}).first()
    if number is None:
        raise NotFound(of)
    if found is None:
        raise without(number)
    return found.file_name, found.content


def of_day(billing: Billing, day: date) -> OfDay:
    """What there is of a day to be exported. Raises Unfit for a day that is not over: more may be issued on it."""
    if day >= local_date(billing.clock(), billing.issuer.seller.time_zone):
        raise Unfit("{day} is not over yet: export it from the next day on", day=day.isoformat())
    with billing.read("einvoices.export") as work:
        files = tuple(map(_listed, work.session.execute(queries.first_of_day(), {"day": day})))
        issued = work.session.scalars(queries.documents_of_day(), {"day": day}).one()
        return OfDay(day, files, issued - len({(one.workspace_id, one.document_id) for one in files}))


def contents(billing: Billing, day: date) -> Iterator[tuple[str, bytes]]:
    """The files of a day by name, with their bytes; so many at a time that the memory stays as it is."""
    after = ""
    while True:
        values = {"day": day, "after": after, "size": BATCH}
        with billing.read("einvoices.export") as work:
            batch = work.session.execute(queries.contents_of_day(), values).all()
        if not batch:
            return
        yield from ((row.file_name, row.content) for row in batch)
        after = batch[-1].file_name


def content_of(billing: Billing, edition: EInvoiceSnapshot) -> bytes:
    """The file of an edition."""
    with billing.read("einvoices.show") as work:
        return work.session.scalars(queries.of_file(), {"name": edition.file_name}).one().content


def mark_handed_out(billing: Billing, edition: EInvoiceSnapshot) -> None:
    """The operator has that one file now, as after an export."""
    with billing.work("einvoices.export") as work:
        found = work.session.scalars(queries.of_file(), {"name": edition.file_name}).one()
        if found.state is EInvoiceState.READY:
            found.state, found.exported_at = EInvoiceState.EXPORTED, work.now
        work.actor = Actor(found.workspace_id, "", "operator")
        work.record("einvoices.export", found.document_id, after={"file": found.file_name})


def mark_exported(billing: Billing, exported: OfDay) -> None:
    """The operator has the files now; it stands in the audit log of each workspace whose documents they are."""
    with billing.work("einvoices.export") as work:
        work.session.execute(queries.mark_exported(), {"of_day": exported.day, "now": work.now})
        for workspace_id in sorted({one.workspace_id for one in exported.files}):
            work.actor = Actor(workspace_id, "", "operator")
            files = sum(one.workspace_id == workspace_id for one in exported.files)
            work.record("einvoices.export", exported.day.isoformat(), after={"files": files})


def without(number: str) -> Unfit:
    """What is said of a document that has no e-invoice."""
    return Unfit(
        "{number} has no e-invoice: it was issued with E_INVOICES off, or when addresses were not kept in parts, "
        "and what is frozen cannot be completed; or it gives back all of an invoice that SdI rejected",
        number=number,
    )


def _listed(row: Any) -> EInvoiceSnapshot:
    return snapshot(row, goes_again=row.goes_again)


def snapshot(row: Any, *, goes_again: bool = True) -> EInvoiceSnapshot:
    """Of a row of LISTED, or of the edition itself. What was replaced by another, or closed, does not go again."""
    return EInvoiceSnapshot(
        row.workspace_id,
        row.document_id,
        row.edition,
        row.number,
        row.issued_on,
        row.file_name,
        row.digest,
        str(row.state),
        row.exported_at,
        row.answered_at,
        tuple((code, words) for code, words in row.errors or ()),
        send_by(row) if goes_again or row.state in sdi.TO_BE_TAKEN else None,
    )


def send_by(row: Any) -> date | None:
    """The last day for SdI to take an edition, or to send it again; None where neither is to be done."""
    if row.state in sdi.TO_BE_TAKEN:
        return row.send_by or sdi.send_by(row.issued_on)
    if row.state in sdi.SENT_AGAIN and row.answered_at:
        return sdi.send_again_by(local_date(row.answered_at, ITALY))
    return None
