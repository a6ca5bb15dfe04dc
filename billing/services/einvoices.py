"""E-invoices for the operator: what was made, each file, and the files of a day to hand on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Row

from billing.models import CreditNote, Invoice
from billing.queries import einvoices as queries
from billing.values.actors import Actor
from billing.values.cycles import local_date
from billing.values.errors import Unfit
from billing.values.refusals import NotFound
from billing.work import Billing

BATCH = 500


@dataclass(frozen=True, slots=True)
class EInvoiceSnapshot:
    """One edition of a document as it is listed."""

    workspace_id: str
    document_id: str
    edition: int
    number: str
    issued_on: date
    file_name: str
    sha256: str
    state: str
    exported_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfDay:
    """The e-invoices of the documents of a day, and how many documents of it have none."""

    day: date
    files: tuple[EInvoiceSnapshot, ...]
    without: int


def listed(billing: Billing, day: date | None = None) -> tuple[EInvoiceSnapshot, ...]:
    """Those of that day, or all that nobody has exported yet, in all workspaces, by day and file name."""
    with billing.read("einvoices.list") as work:
        which = queries.of_day() if day else queries.waiting()
        return tuple(map(_snapshot, work.session.execute(which, {"day": day} if day else {})))


def find(billing: Billing, number: str) -> tuple[EInvoiceSnapshot, bytes]:
    """The e-invoice of the document with that number, and its file; of several editions the newest.

    Raises NotFound where no document has the number, and Unfit where it has no e-invoice.
    """
    with billing.read("einvoices.show") as work:
        found = work.session.execute(queries.of_number(), {"number": number}).all()
        named = work.session.scalars(queries.documents_numbered(), {"number": number}).first()
    if named is None:
        raise NotFound("document")
    if not found:
        raise _without(number)
    newest = max(found, key=lambda row: row.edition)
    return _snapshot(newest), newest.content


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
        raise _without(number)
    return found.file_name, found.content


def of_day(billing: Billing, day: date) -> OfDay:
    """What there is of a day to be exported. Raises Unfit for a day that is not over: more may be issued on it."""
    if day >= local_date(billing.clock(), billing.issuer.seller.time_zone):
        raise Unfit("{day} is not over yet: export it from the next day on", day=day.isoformat())
    with billing.read("einvoices.export") as work:
        files = tuple(map(_snapshot, work.session.execute(queries.of_day(), {"day": day})))
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


def mark_exported(billing: Billing, exported: OfDay) -> None:
    """The operator has the files now; it stands in the audit log of each workspace whose documents they are."""
    with billing.work("einvoices.export") as work:
        work.session.execute(queries.mark_exported(), {"of_day": exported.day, "now": work.now})
        for workspace_id in sorted({one.workspace_id for one in exported.files}):
            work.actor = Actor(workspace_id, "", "operator")
            files = sum(one.workspace_id == workspace_id for one in exported.files)
            work.record("einvoices.export", exported.day.isoformat(), after={"files": files})


def _without(number: str) -> Unfit:
    return Unfit(
        "{number} has no e-invoice: it was issued with E_INVOICES off, or when addresses were not kept in parts, "
        "and what is frozen cannot be completed",
        number=number,
    )


def _snapshot(row: Row[*tuple[object, ...]]) -> EInvoiceSnapshot:
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
    )
