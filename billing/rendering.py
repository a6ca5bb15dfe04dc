"""An issued document as its file: drawn from what was frozen and how it was paid, held against its first drawing."""

from __future__ import annotations

import hashlib

import structlog

from billing.models import CreditNote, Drawing, Invoice
from billing.models.payments import PaymentState
from billing.queries.in_sql import insert_once
from billing.queries.payments import payment_of_invoice
from billing.values.cycles import local_date
from billing.values.documents import InvoiceDocument, PaidInvoice
from billing.values.snapshots import InvoiceFile
from billing.work import Billing

log = structlog.get_logger()


def file_of(billing: Billing, issued: Invoice | CreditNote, language: str) -> InvoiceFile:
    """The PDF of the row, which is detached already: drawing takes no lock. Its first hash in a language is kept.

    An invoice that was paid after it was issued says how it was paid. What it was when it was issued is drawn too, so
    that the hash of either is kept.
    """
    document = issued.read_document()
    content = _drawn(billing, issued, document, language)
    if paid := _paid(billing, issued, document):
        content = _drawn(billing, issued, paid, language)
    return InvoiceFile(issued.snapshot(), document.property_name, name_of(document), content)


def _paid(billing: Billing, issued: Invoice | CreditNote, document: InvoiceDocument) -> PaidInvoice | None:
    """The invoice as it was paid; None where it was not, or says so already."""
    if isinstance(issued, CreditNote) or document.paid_on:
        return None
    with billing.read("document.draw") as work:
        keys = {"workspace_id": issued.workspace_id, "invoice_id": issued.id}
        found = work.session.execute(payment_of_invoice(), keys).one_or_none()
    if found is None or found.state is not PaymentState.PAID:
        return None
    on = local_date(found.decided_at, document.seller.time_zone)
    return PaidInvoice.of(
        document, on, found.card or "", found.minor, found.credit_minor, found.carried_minor
    )


def _drawn(billing: Billing, issued: Invoice | CreditNote, document: InvoiceDocument, language: str) -> bytes:
    content = billing.render_invoice(document, language)
    _compare(billing, issued, document, language, hashlib.sha256(content).hexdigest())
    return content


def name_of(document: InvoiceDocument) -> str:
    return f"{document.number.replace('/', '-')}.pdf"


def _compare(
    billing: Billing, issued: Invoice | CreditNote, document: InvoiceDocument, language: str, digest: str
) -> None:
    """Keeps the first hash. Another one later means that the program draws otherwise: the log is told."""
    key = (issued.workspace_id, issued.id, language, isinstance(document, PaidInvoice))
    with billing.read("document.draw") as work:
        first = work.session.get(Drawing, key)
    if first is None:
        with billing.work("document.draw") as work:
            if work.session.get(Drawing, key) is None:
                names = ("workspace_id", "document_id", "language", "as_paid")
                row = dict(zip(names, key, strict=True)) | {"digest": digest, "drawn_at": work.now}
                insert_once(work.session, Drawing, row)
    elif first.digest != digest:
        log.warning(
            "drawn otherwise", document=issued.number, language=language, first_at=str(first.drawn_at)
        )
