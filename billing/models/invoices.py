"""Issued invoices, their lines, and the counters that number them without gaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.models.credit_notes import CreditNote
from billing.values.documents import Embedded, InvoiceDocument, LineKind
from billing.values.money import Money
from billing.values.snapshots import CreditNoteSnapshot, InvoiceSnapshot, InvoiceState


class NumberSeries(Base):
    """The last number given in a series, and the moment of its document; its row is locked while a number is taken.

    Counters that number no documents have no such moment, nor those that older versions moved on.
    """

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int]
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invoice(Base):
    """An issued invoice: its document, frozen, with the hash of it. Database triggers refuse to change it."""

    __tablename__ = "invoices"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["subscriptions.workspace_id", "subscriptions.id"]
        ),
        UniqueConstraint("series", "sequence"),
        UniqueConstraint("series", "number"),
        Index(None, "workspace_id", "property_id", "issued_at"),
        Index(None, "workspace_id", "subscription_id", "issued_at"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    subscription_id: Mapped[str] = mapped_column(Id)
    series: Mapped[str] = mapped_column(String(40))
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_on: Mapped[date] = mapped_column(Date)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    document_hash: Mapped[str] = mapped_column(String(64))
    embeds: Mapped[Embedded] = mapped_column(String(8), default="", server_default="")

    credit_notes: Mapped[list[CreditNote]] = relationship(lazy="raise", viewonly=True)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    def snapshot(
        self, credit_notes: tuple[CreditNoteSnapshot, ...] = (), state: InvoiceState | None = None
    ) -> InvoiceSnapshot:
        """The invoice as it is listed, with its credit notes; `state` is how its payment stands."""
        line = self.document["lines"][0]  # a list of many does not read all of each
        listed = InvoiceSnapshot(
            self.id,
            self.number,
            self.issued_on,
            self.total,
            self.subscription_id,
            line["add_on"],
            line["plan"],
            credit_notes,
            state,
        )
        given_back = bool(credit_notes) and listed.credited == self.total
        return replace(listed, state=InvoiceState.CREDITED) if given_back else listed

    def read_document(self) -> InvoiceDocument:
        return InvoiceDocument.from_json(self.document, self.embeds)


class InvoiceLine(Base):
    """One line of an issued invoice, for sums and searches. A period is charged by one cycle line only.

    A credit line names the line that it gives back from.
    """

    __tablename__ = "invoice_lines"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "invoice_id"], ["invoices.workspace_id", "invoices.id"]),
        Index(
            "uq_invoice_lines_cycle",
            "workspace_id",
            "subscription_id",
            "period_start_at",
            unique=True,
            postgresql_where=text("kind = 'cycle'"),
            sqlite_where=text("kind = 'cycle'"),
        ),
        Index(None, "workspace_id", "credited_invoice_id", "credited_position"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    invoice_id: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    kind: Mapped[LineKind] = mapped_column(EnumText(LineKind))
    period_start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    period_end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    net_minor: Mapped[int] = mapped_column(BigInteger)
    credited_invoice_id: Mapped[str | None] = mapped_column(Id)
    credited_position: Mapped[int | None]

    invoice: Mapped[Invoice] = relationship(lazy="raise", viewonly=True)
