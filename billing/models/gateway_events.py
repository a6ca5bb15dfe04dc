"""What the gateway told by itself, and where its books and ours were found to differ."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, UtcDateTime

TO_PROCESS_SQL = text("processed_at IS NULL")


class GatewayEventRow(Base):
    """A webhook, stored once by (gateway, event id) however often it comes. It decides nothing, but whom to ask."""

    __tablename__ = "gateway_events"
    __table_args__ = (
        Index(
            "ix_gateway_events_to_process",
            "received_at",
            postgresql_where=TO_PROCESS_SQL,
            sqlite_where=TO_PROCESS_SQL,
        ),
    )

    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    object_id: Mapped[str] = mapped_column(String(255))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    processed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Mismatch(Base):
    """One difference between the gateway's books and ours, from when it was seen first until it was seen last."""

    __tablename__ = "gateway_mismatches"

    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    payment_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    what: Mapped[str] = mapped_column(String(300), primary_key=True)
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
