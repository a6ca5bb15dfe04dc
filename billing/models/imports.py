"""Imports: subscriptions that ran in another system before, each by what it was called there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class ImportedSubscription(Base):
    """What a subscription was called where it ran before: a line with that reference is imported once.

    `digest` is that of what the line said.
    """

    __tablename__ = "imported_subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["subscriptions.workspace_id", "subscriptions.id"]
        ),
        Index("uq_imported_subscriptions_subscription_id", "workspace_id", "subscription_id", unique=True),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(100), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    digest: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
