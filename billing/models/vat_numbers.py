"""VAT numbers under which reverse charge is applied, and what VIES said of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.values.vies import GOOD_FOR, VatNumberSnapshot, VatState

TO_ASK_SQL = text("poll_at IS NOT NULL")


class VatNumber(Base):
    """A buyer's number in a workspace. `asked_at` and `consultation` are of the last definite answer.

    VIES is asked at `poll_at`; `silent_since` it has given no answer, with `trouble` the last time.
    """

    __tablename__ = "vat_numbers"
    __table_args__ = (
        Index(
            "ix_vat_numbers_to_ask",
            "poll_at",
            "workspace_id",
            "number",
            postgresql_where=TO_ASK_SQL,
            sqlite_where=TO_ASK_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    state: Mapped[VatState] = mapped_column(EnumText(VatState))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consultation: Mapped[str] = mapped_column(String(40), default="")
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    polls: Mapped[int] = mapped_column(default=0)
    silent_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str] = mapped_column(String(80), default="")

    def is_good(self, at: datetime) -> bool:
        """Whether it is valid by an answer that is young enough."""
        return self.state is VatState.VALID and self.asked_at is not None and at - self.asked_at <= GOOD_FOR

    def snapshot(self, consultation: VatConsultation | None = None) -> VatNumberSnapshot:
        return VatNumberSnapshot(
            self.workspace_id,
            self.number,
            self.state,
            self.asked_at,
            self.consultation,
            self.poll_at,
            self.silent_since,
            self.trouble,
            consultation.name if consultation else "",
            consultation.address if consultation else "",
        )


class VatConsultation(Base):
    """A definite answer, as it came, for as long as the books are kept: the proof behind a reverse charge.

    It only grows. What of the register's `name` and `address` is empty the member state does not tell.
    """

    __tablename__ = "vat_consultations"
    __table_args__ = (Index(None, "workspace_id", "number", "asked_at"),)

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(24))
    requester: Mapped[str] = mapped_column(String(24))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    is_valid: Mapped[bool]
    consultation: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    said: Mapped[dict[str, Any]] = mapped_column(Json)
