"""How subscriptions are paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.models.base import Base, Id, Moment
from billing.domain.snapshots import CardSnapshot


class PaymentMethod(Base):
    """A card as the gateway knows it: its token, and what may be shown of it. Never its number."""

    __tablename__ = "payment_methods"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        Index(None, "workspace_id", "property_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    token: Mapped[str] = mapped_column(String(255))
    brand: Mapped[str] = mapped_column(String(20))
    last_four: Mapped[str] = mapped_column(String(4))
    expiry_month: Mapped[int]
    expiry_year: Mapped[int]
    added_by: Mapped[str] = mapped_column(Id)
    added_at: Mapped[datetime] = mapped_column(Moment)

    def snapshot(self) -> CardSnapshot:
        return CardSnapshot(self.brand, self.last_four, self.expiry_month, self.expiry_year)
