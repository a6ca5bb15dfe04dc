"""An issued document as its file: drawn from what was frozen, and held against its first drawing."""

from __future__ import annotations

import hashlib

import structlog

from billing.models import CreditNote, Drawing, Invoice
from billing.queries.in_sql import insert_once
from billing.values.documents import InvoiceDocument
from billing.values.snapshots import InvoiceFile
from billing.work import Billing

log = structlog.get_logger()


def file_of(billing: Billing, issued: Invoice | CreditNote, language: str) -> InvoiceFile:
    """The PDF of the row, which is detached already: drawing takes no lock. Its first hash in a language is kept."""
    document = issued.read_document()
    content = billing.render_invoice(document, language)
    _compare(billing, issued, language, hashlib.sha256(content).hexdigest())
    return InvoiceFile(issued.snapshot(), document.property_name, name_of(document), content)


def name_of(document: InvoiceDocument) -> str:
    return f"{document.number.replace('/', '-')}.pdf"


def _compare(billing: Billing, issued: Invoice | CreditNote, language: str, digest: str) -> None:
    """Keeps the first hash. Another one later means that the program draws otherwise: the log is told."""
    key = (issued.workspace_id, issued.id, language)
    with billing.read("document.draw") as work:
        first = work.session.get(Drawing, key)
    if first is None:
        with billing.work("document.draw") as work:
            if work.session.get(Drawing, key) is None:
                names = ("workspace_id", "document_id", "language")
                row = dict(zip(names, key, strict=True)) | {"digest": digest, "drawn_at": work.now}
                insert_once(work.session, Drawing, row)
    elif first.digest != digest:
        log.warning(
            "drawn otherwise", document=issued.number, language=language, first_at=str(first.drawn_at)
        )
