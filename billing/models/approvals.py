"""What an operator asked for that another operator has to approve."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.values.money import Money
from billing.values.refusals import OwnRequest, RequestClosed

OPEN_SQL = text("decision IS NULL")


class AskedAct(StrEnum):
    """What is to be done with the invoice."""

    CREDIT = "credit"
    REFUND = "refund"


class Decision(StrEnum):
    """What another operator said."""

    APPROVED = "approved"
    DECLINED = "declined"


class ApprovalRequest(Base):
    """A credit note or refund of one invoice, as it was shown to the operator who asked for it.

    `details` are the parts of that preview in minor units (`seen`), and what is wanted besides the amount. It is
    open until `expires_at`, if nobody decides before; `key` is the form's. Slack shows it in `channel` at `ts`.
    """

    __tablename__ = "approval_requests"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "invoice_id"], ["invoices.workspace_id", "invoices.id"]),
        UniqueConstraint("workspace_id", "requested_by", "key"),
        Index("ix_approval_requests_open", "expires_at", postgresql_where=OPEN_SQL, sqlite_where=OPEN_SQL),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    invoice_id: Mapped[str] = mapped_column(Id)
    act: Mapped[AskedAct] = mapped_column(EnumText(AskedAct))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    details: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str] = mapped_column(String(120))
    requested_by: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[Decision | None] = mapped_column(EnumText(Decision))
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    channel: Mapped[str | None] = mapped_column(Id)
    ts: Mapped[str | None] = mapped_column(String(40))

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)

    def state(self, at: datetime) -> str:
        """How it stands at that moment: open, approved, declined or expired."""
        if self.decision is not None:
            return str(self.decision)
        return "open" if at < self.expires_at else "expired"

    def approve(self, by: str, at: datetime) -> None:
        """Somebody else than who asked has seen it, too. Raises OwnRequest, RequestClosed."""
        if by == self.requested_by:
            raise OwnRequest
        self._decide(Decision.APPROVED, by, at)

    def decline(self, by: str, at: datetime) -> None:
        """It will not be done; who asked may take it back, too. Raises RequestClosed."""
        self._decide(Decision.DECLINED, by, at)

    def refuse_closed(self, at: datetime) -> None:
        """Raises RequestClosed where nothing is to be decided any more."""
        if (state := self.state(at)) != "open":
            raise RequestClosed(state, self.decided_by or "")

    def _decide(self, decision: Decision, by: str, at: datetime) -> None:
        self.refuse_closed(at)
        self.decision, self.decided_by, self.decided_at = decision, by, at
