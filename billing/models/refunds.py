"""Money given back: the intent first, then what the gateway said."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.values.money import Money

OPEN_REFUND_SQL = text("state = 'open'")


class RefundState(StrEnum):
    """Open until the gateway has said whether the money is on its way back."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(Base):
    """An amount of a payment that goes back to the card: what credit notes have promised to it, then credit."""

    __tablename__ = "refunds"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "payment_id"], ["payments.workspace_id", "payments.id"]),
        UniqueConstraint("workspace_id", "key"),
        Index(None, "workspace_id", "payment_id"),
        Index(
            "ix_refunds_to_poll",
            "poll_at",
            postgresql_where=OPEN_REFUND_SQL,
            sqlite_where=OPEN_REFUND_SQL,
        ),
        Index(
            "ix_refunds_balance",
            "workspace_id",
            "property_id",
            postgresql_where=OPEN_REFUND_SQL,
            sqlite_where=OPEN_REFUND_SQL,
        ),
        Index("ix_refunds_gateway_id", "gateway_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    payment_id: Mapped[str] = mapped_column(Id)
    key: Mapped[str] = mapped_column(String(120))
    state: Mapped[RefundState] = mapped_column(EnumText(RefundState))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    promised_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    requested_by: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gateway_id: Mapped[str | None] = mapped_column(String(255))
    reason: Mapped[str | None] = mapped_column(String(80))
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    polls: Mapped[int]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)
