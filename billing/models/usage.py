"""Usage: what the seller's own product counted, each event once, and how much of it fell into a cycle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class UsageEvent(Base):
    """One event that was counted, kept as long as it may come again. It is known by the id that the sender gave it.

    It refers to no other table: a foreign key would wait for whoever has the subscription locked.
    """

    __tablename__ = "usage_events"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id)
    quantity: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class UsageCounter(Base):
    """How much of its add-on a subscription used in the cycle that began at `cycle_start_at`.

    `told_percent` of `told_quota` is the highest mark that was told of it: 0 for none yet.
    """

    __tablename__ = "usage_counters"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["subscriptions.workspace_id", "subscriptions.id"]
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[str] = mapped_column(Id, primary_key=True)
    cycle_start_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)
    told_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    told_quota: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
