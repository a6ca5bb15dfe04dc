"""Changes that were asked for and have not happened yet: at most one for each subscription."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.models.catalogue import Price


class ChangeState(StrEnum):
    """Pending until it is applied, taken back or replaced (dropped), or its payment failed."""

    PENDING = "pending"
    APPLIED = "applied"
    DROPPED = "dropped"
    FAILED = "failed"


class PlannedChange(Base):
    """Another price or quantity. With a payment it is applied when that is paid, else when the cycle ends.

    `replaces_id` is the change that it dropped, which is planned again where its own payment fails.
    """

    __tablename__ = "planned_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["subscriptions.workspace_id", "subscriptions.id"]
        ),
        Index(
            "uq_planned_changes_pending",
            "workspace_id",
            "subscription_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"))
    quantity: Mapped[int]
    payment_id: Mapped[str | None] = mapped_column(Id)
    replaces_id: Mapped[str | None] = mapped_column(Id)
    new_cycle: Mapped[bool]
    state: Mapped[ChangeState] = mapped_column(EnumText(ChangeState))
    requested_by: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    price: Mapped[Price] = relationship(lazy="raise", viewonly=True)

    def plan_again(self) -> None:
        """What took its place came to nothing."""
        self.state, self.decided_at = ChangeState.PENDING, None

    def decide(self, state: ChangeState, at: datetime) -> None:
        """It is pending no more: applied, dropped or failed."""
        self.state, self.decided_at = state, at
