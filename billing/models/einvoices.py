"""E-invoices: the editions of issued documents as they are sent, each as a file that never changes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.values.sdi import EInvoiceState


class EInvoice(Base):
    """One edition of a document: the file, its SHA-256, and its place among all files that the seller makes.

    The first is made in the transaction that issues the document. What was rejected is sent again as another edition,
    with the same number; `corrections` are the particulars of the buyer that it says otherwise than the document.
    `sdi_id` is SdI's own number of the file, `answered_at` when SdI said the `state`, `errors` why it rejected the
    file: [code, words]. `send_by` is the last day to send it; first editions of former versions have none.
    """

    __tablename__ = "einvoices"
    __table_args__ = (
        UniqueConstraint("progressive"),
        UniqueConstraint("file_name"),
        Index(None, "issued_on", "file_name"),
        Index(None, "state"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(Id, primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(20))
    issued_on: Mapped[date] = mapped_column(Date)
    progressive: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(30))
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[EInvoiceState] = mapped_column(EnumText(EInvoiceState))
    exported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    corrections: Mapped[dict[str, str] | None] = mapped_column(Json)
    sdi_id: Mapped[str | None] = mapped_column(String(36))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    errors: Mapped[list[Any] | None] = mapped_column(Json)
    send_by: Mapped[date | None] = mapped_column(Date)


class Verdict(StrEnum):
    """What came of a receipt: taken, or why it changed nothing. DOUBLE: SdI has the file already, from us."""

    TAKEN = "taken"
    LATE = "late"
    DOUBLE = "double"
    UNKNOWN = "unknown"
    FORGED = "forged"
    OTHER_SCHEMA = "other_schema"
    CONTRADICTS = "contradicts"
    NOT_OURS = "not_ours"


class SdiReceipt(Base):
    """A receipt of SdI as it came, whatever came of it; known again by the SHA-256 of its bytes.

    Of a file that is not known here the workspace is empty.
    """

    __tablename__ = "sdi_receipts"
    __table_args__ = (Index(None, "digest"), Index(None, "file_name"))

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    file_name: Mapped[str] = mapped_column(String(50))
    kind: Mapped[str] = mapped_column(String(4))
    sdi_id: Mapped[str] = mapped_column(String(36))
    verdict: Mapped[Verdict] = mapped_column(EnumText(Verdict))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[bytes] = mapped_column(LargeBinary)
