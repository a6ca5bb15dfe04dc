"""E-invoices: the editions of issued documents as they are sent, each as a file that never changes."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime


class EInvoiceState(StrEnum):
    """Where an edition is: it was made, or the operator has it."""

    READY = "ready"
    EXPORTED = "exported"


class EInvoice(Base):
    """One edition of a document: the file, its SHA-256, and its place among all files that the seller makes.

    The first is made in the transaction that issues the document. What was rejected is sent again as another edition,
    with the same number.
    """

    __tablename__ = "einvoices"
    __table_args__ = (
        UniqueConstraint("progressive"),
        UniqueConstraint("file_name"),
        Index(None, "issued_on", "file_name"),
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
