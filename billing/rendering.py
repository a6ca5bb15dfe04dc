"""An issued document as its file: drawn from what was frozen and how it was paid, held against its first drawing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import structlog

from billing.invoicing.euro_taxes import with_euro_taxes
from billing.models import CreditNote, Drawing, Invoice
from billing.models.payments import PaymentState
from billing.queries.drawings import first_drawings
from billing.queries.in_sql import insert_once
from billing.queries.payments import payments_of_invoices
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument, PaidInvoice
from billing.values.exchange_rates import EURO
from billing.values.snapshots import InvoiceFile
from billing.work import Billing

Issued = Invoice | CreditNote
# The hashes of what was drawn: by document, and whether as it was paid later.
Drawn = dict[tuple[str, bool], str]
FirstDrawings = Mapping[tuple[str, bool], Drawing]
log = structlog.get_logger()


def file_of(billing: Billing, issued: Issued, language: str) -> InvoiceFile:
    """The PDF of the row, which is detached already: drawing takes no lock. Its first hash in a language is kept.

    An invoice that was paid after it was issued says how it was paid. What it was when it was issued is drawn too
    where that was never drawn, so that the hash of either is kept.
    """
    (file,) = _files_of(billing, [issued], language, twice=True)
    return file


def files_of(billing: Billing, issued: Sequence[Issued], language: str) -> Iterator[InvoiceFile]:
    """The same of many of one workspace, each drawn once; the hashes are kept when the last of them was taken."""
    return _files_of(billing, issued, language, twice=False)


def ubl_of(billing: Billing, issued: Issued) -> InvoiceFile:
    """The row, which is detached already, for Peppol, as it was issued. Raises Unfit where it cannot go there."""
    document = _documents(billing, [issued])[issued.id]
    name = name_of(document).removesuffix(".pdf") + ".xml"
    return InvoiceFile(issued.snapshot(), document.property_name, name, billing.write_ubl(document))


def _files_of(
    billing: Billing, issued: Sequence[Issued], language: str, *, twice: bool
) -> Iterator[InvoiceFile]:
    documents = _documents(billing, issued)
    paid, drawn = _paid(billing, issued, documents), Drawn()
    first = _first_drawings(billing, issued, language)
    for one in issued:
        document = documents[one.id]
        if one.id not in paid or (twice and (one.id, False) not in first):
            content = billing.render_invoice(document, language)
            drawn[one.id, False] = hashlib.sha256(content).hexdigest()
        if one.id in paid:
            content = billing.render_invoice(paid[one.id], language)
            drawn[one.id, True] = hashlib.sha256(content).hexdigest()
        yield InvoiceFile(one.snapshot(), document.property_name, name_of(document), content)
    _compare(billing, issued, language, drawn, first)


def _documents(billing: Billing, issued: Sequence[Issued]) -> dict[str, InvoiceDocument]:
    documents = {one.id: one.read_document() for one in issued}
    if all(document.currency == EURO for document in documents.values()):
        return documents
    with billing.read("document.draw") as work:
        return with_euro_taxes(work.session, issued[0].workspace_id, documents)


def _paid(
    billing: Billing, issued: Sequence[Issued], documents: Mapping[str, InvoiceDocument]
) -> dict[str, PaidInvoice]:
    """The invoices as they were paid; not those that were not, or that say so already."""
    ids = [one.id for one in issued if isinstance(one, Invoice) and not documents[one.id].paid_on]
    if not ids:
        return {}
    with billing.read("document.draw") as work:
        keys = {"workspace_id": issued[0].workspace_id, "invoice_ids": ids}
        found = work.session.execute(payments_of_invoices(), keys).all()
    return {
        row.invoice_id: PaidInvoice.of(
            document := documents[row.invoice_id],
            local_date(row.decided_at, document.seller.time_zone),
            row.card or "",
            row.minor,
            row.credit_minor,
            row.carried_minor,
        )
        for row in found
        if row.state is PaymentState.PAID
    }


def name_of(document: InvoiceDocument) -> str:
    return f"{document.number.replace('/', '-')}.pdf"


def _first_drawings(billing: Billing, issued: Sequence[Issued], language: str) -> FirstDrawings:
    if not issued:
        return {}
    wanted = {
        "workspace_id": issued[0].workspace_id,
        "ids": [one.id for one in issued],
        "language": language,
    }
    with billing.read("document.draw") as work:
        found = work.session.scalars(first_drawings(), wanted)
        return {(row.document_id, row.as_paid): row for row in found}


def _compare(
    billing: Billing, issued: Sequence[Issued], language: str, drawn: Drawn, first: FirstDrawings
) -> None:
    """Keeps the first hashes. Another one later means that the program draws otherwise: the log is told."""
    numbers = {one.id: one.number for one in issued}
    for key, digest in drawn.items():
        if key in first and first[key].digest != digest:
            first_at = str(first[key].drawn_at)
            log.warning("drawn otherwise", document=numbers[key[0]], language=language, first_at=first_at)
    new = drawn.keys() - first.keys()
    if not new:
        return
    with billing.work("document.draw") as work:
        for id_, as_paid in sorted(new):
            row = {"workspace_id": issued[0].workspace_id, "document_id": id_, "language": language}
            drawing = row | {"as_paid": as_paid, "digest": drawn[id_, as_paid], "drawn_at": work.now}
            insert_once(work.session, Drawing, drawing)
