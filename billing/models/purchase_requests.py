"""What an admin asked for that another admin has to approve."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.values.refusals import OwnPurchaseRequest, PurchaseRequestClosed

TO_FOLLOW_SQL = text("due_at IS NOT NULL")


class RequestedAct(StrEnum):
    """What is to be done."""

    PURCHASE = "purchase"
    CHANGE = "change"
    RESTART = "restart"


class RequestState(StrEnum):
    """How it stands. What is approved waits for its payment, or its payer's bank, until it is done or has failed."""

    OPEN = "open"
    APPROVED = "approved"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


BEING_DONE = (RequestState.APPROVED, RequestState.WAITING)
APPROVED = (*BEING_DONE, RequestState.DONE, RequestState.FAILED)


class PurchaseRequest(Base):
    """A purchase, change or restart as it was shown to the admin who asked for it.

    `wanted` is what is to be done, in the words of the act's service, and gone once it is decided; `shown` the fact
    as the team was told it. `key` is the form's. At `due_at` it expires, or what became of its payment is looked at.
    """

    __tablename__ = "purchase_requests"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        UniqueConstraint("workspace_id", "requested_by", "key"),
        Index("ix_purchase_requests_property_id", "workspace_id", "property_id"),
        Index(
            "ix_purchase_requests_to_follow",
            "due_at",
            "workspace_id",
            "id",
            postgresql_where=TO_FOLLOW_SQL,
            sqlite_where=TO_FOLLOW_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    subscription_id: Mapped[str | None] = mapped_column(Id)
    act: Mapped[RequestedAct] = mapped_column(EnumText(RequestedAct))
    wanted: Mapped[dict[str, Any] | None] = mapped_column(Json)
    shown: Mapped[dict[str, Any]] = mapped_column(Json)
    key: Mapped[str] = mapped_column(String(120))
    requested_by: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[RequestState] = mapped_column(EnumText(RequestState))
    decided_by: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    payment_id: Mapped[str | None] = mapped_column(Id)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def stands(self, at: datetime) -> RequestState:
        """How it stands at that moment, also where nobody has looked at it since it expired."""
        is_over = self.state is RequestState.OPEN and at >= self.expires_at
        return RequestState.EXPIRED if is_over else self.state

    def refuse_to_approve(self, by: str, at: datetime) -> None:
        """Raises OwnPurchaseRequest for who asked, and PurchaseRequestClosed where nothing is to be decided."""
        if by == self.requested_by:
            raise OwnPurchaseRequest
        self.refuse_closed(at)

    def refuse_closed(self, at: datetime) -> None:
        """Raises PurchaseRequestClosed where nothing is to be decided any more."""
        if (stands := self.stands(at)) is not RequestState.OPEN:
            raise PurchaseRequestClosed(stands, self.decided_by or "")

    def decide(self, state: RequestState, by: str | None, at: datetime) -> None:
        """It is open no more."""
        self.state, self.decided_by, self.decided_at = state, by, at
        self.wanted, self.due_at = None, None
