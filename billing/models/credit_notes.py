"""Issued credit notes and their lines: like invoices, they only grow."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, Json, UtcDateTime
from billing.values.documents import Embedded, InvoiceDocument
from billing.values.money import Money
from billing.values.snapshots import CreditNoteSnapshot


class CreditNote(Base):
    """An issued credit note: its document, frozen, with the hash of it. Database triggers refuse to change it.

    Its total, not below zero, is made of four parts: what was taken off what was still `owed`, what was
    `lost` already as uncollectible, what is to be sent back (`refund`), and what went to the credit `balance`.
    """

    __tablename__ = "credit_notes"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "invoice_id"], ["invoices.workspace_id", "invoices.id"]),
        UniqueConstraint("series", "sequence"),
        UniqueConstraint("series", "number"),
        Index(None, "workspace_id", "invoice_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    subscription_id: Mapped[str] = mapped_column(Id)
    invoice_id: Mapped[str] = mapped_column(Id)
    series: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_on: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    owed_minor: Mapped[int] = mapped_column(BigInteger)
    lost_minor: Mapped[int] = mapped_column(BigInteger)
    refund_minor: Mapped[int] = mapped_column(BigInteger)
    balance_minor: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    document_hash: Mapped[str] = mapped_column(String(64))
    embeds: Mapped[Embedded] = mapped_column(String(8), default="", server_default="")

    def snapshot(self) -> CreditNoteSnapshot:
        total = Money(self.total_minor, self.currency)
        return CreditNoteSnapshot(self.id, self.number, self.issued_on, total, self.invoice_id)

    def read_document(self) -> InvoiceDocument:
        return InvoiceDocument.from_json(self.document, self.embeds)


class CreditNoteLine(Base):
    """One line of a credit note: how much of the net of which line of the invoice it gives back."""

    __tablename__ = "credit_note_lines"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "credit_note_id"], ["credit_notes.workspace_id", "credit_notes.id"]
        ),
        Index(None, "workspace_id", "invoice_id", "invoice_position"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    credit_note_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id)
    invoice_position: Mapped[int]
    net_minor: Mapped[int] = mapped_column(BigInteger)
