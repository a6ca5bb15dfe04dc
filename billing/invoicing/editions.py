"""Editions: the e-invoices of documents that are about to be issued, in the same transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from billing.models.einvoices import EInvoice
from billing.ports import EInvoiceWriter
from billing.queries.number_series import E_INVOICE_FILES, lock_series, take_numbers
from billing.values.documents import InvoiceDocument
from billing.values.fatturapa.codes import file_name, progressive_of
from billing.values.sdi import EInvoiceState, send_by

Row = dict[str, Any]


def lock_files(session: Session) -> None:
    """Nobody else makes e-invoices before this transaction is over.

    Taken before any document's number: who waited for it while holding numbers that its holder wants would wait for
    good.
    """
    session.execute(lock_series(), {"name": E_INVOICE_FILES})


def first_editions(
    session: Session, write: EInvoiceWriter, issued: Sequence[tuple[Row, InvoiceDocument]]
) -> list[Row]:
    """Rows of the e-invoices of those documents, each beside its own row; none for one that is sent to nobody."""
    sent = [(row, document) for row, document in issued if document.seller.e_invoices]
    if not sent:
        return []
    last = session.execute(
        take_numbers(), {"name": E_INVOICE_FILES, "count": len(sent), "at": None}
    ).scalar_one()
    numbers = range(last - len(sent) + 1, last + 1)
    return [
        _edition(write, row, document, progressive)
        for progressive, (row, document) in zip(numbers, sent, strict=True)
    ]


def edition_of_note(
    session: Session,
    write: EInvoiceWriter,
    row: Row,
    note: InvoiceDocument,
    corrections: Mapping[str, str] | None,
) -> list[Row]:
    """The same of one credit note, for the buyer as SdI has it from its invoice's e-invoice, which was corrected."""
    if not corrections:
        return first_editions(session, write, [(row, note)])
    made = first_editions(session, write, [(row, corrected(note, corrections))])
    return [edition | {"corrections": corrections} for edition in made]


def corrected(document: InvoiceDocument, corrections: Mapping[str, str]) -> InvoiceDocument:
    """The document with those particulars of the buyer."""
    parts: dict[str, Any] = dict(corrections)
    return replace(document, buyer=replace(document.buyer, **parts))


def next_edition(
    session: Session,
    write: EInvoiceWriter,
    before: EInvoice,
    document: InvoiceDocument,
    corrections: Mapping[str, str],
    send_by: date,
) -> EInvoice:
    """The edition after the one `before`, of the document as it is corrected, with its number and date.

    Its file has a name that no other has. The row is added to the session.
    """
    lock_files(session)
    progressive = session.execute(
        take_numbers(), {"name": E_INVOICE_FILES, "count": 1, "at": None}
    ).scalar_one()
    of = {
        "workspace_id": before.workspace_id,
        "id": before.document_id,
        "number": before.number,
        "issued_on": before.issued_on,
    }
    row = _edition(write, of, document, progressive) | {"edition": before.edition + 1, "send_by": send_by}
    made = EInvoice(**row, corrections=dict(corrections))
    session.add(made)
    return made


def _edition(write: EInvoiceWriter, row: Row, document: InvoiceDocument, progressive: int) -> Row:
    numbered = replace(document, number=row["number"], issued_on=row["issued_on"])
    content = write(numbered, progressive_of(progressive))
    return {
        "workspace_id": row["workspace_id"],
        "document_id": row["id"],
        "edition": 1,
        "number": row["number"],
        "issued_on": row["issued_on"],
        "progressive": progressive,
        "file_name": file_name(document.seller, progressive),
        "digest": hashlib.sha256(content).hexdigest(),
        "content": content,
        "state": EInvoiceState.READY,
        "exported_at": None,
        "send_by": send_by(row["issued_on"]),
    }
