"""Webhooks to the seller's own product: where they go, and each event on its way there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, RowNumber, UtcDateTime
from billing.models.clock import from_now
from billing.values.facts import FactType
from billing.values.snapshots.webhooks import WebhookEndpointSnapshot

OPEN = text("delivered_at IS NULL AND dead_at IS NULL")


class WebhookEndpoint(Base):
    """An address of the seller's product. `types`, words parted by spaces, are those it listens to; empty means all.

    Secrets are ciphertext; the former ones, newest first with blanks between, sign beside the newest until
    `former_until`. Facts up to the number `queued_up_to` have their deliveries. Nothing is sent while it is off, or
    before `paused_until`, which is the database's moment.
    """

    __tablename__ = "webhook_endpoints"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(String(500))
    types: Mapped[str] = mapped_column(String(1000))
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_up_to: Mapped[int] = mapped_column(RowNumber)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    off_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(300))

    def secrets_at(self, moment: datetime) -> list[str]:
        """What signs then, newest first."""
        if not self.former_secret or not self.former_until or moment >= self.former_until:
            return [self.secret]
        return [self.secret, *self.former_secret.split()]

    @property
    def listens_to(self) -> list[FactType]:
        return [FactType(word) for word in self.types.split()] or list(FactType)

    def snapshot(self) -> WebhookEndpointSnapshot:
        return WebhookEndpointSnapshot(
            self.id,
            self.url,
            tuple(self.types.split()),
            self.created_at,
            self.former_until,
            self.failing_since,
            self.off_since,
            self.last_error,
        )


class WebhookDelivery(Base):
    """One fact on its way to one endpoint, at least once; those of one subject follow each other in the feed's order.

    A worker holds a row until `claimed_until`; a row that fails is tried again at `due_at`, and given up at
    `dead_at`. All moments but `delivered_at` are the database's: processes may disagree about the time.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index(
            "ix_webhook_deliveries_open",
            "endpoint_id",
            "fact_number",
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index(
            "ix_webhook_deliveries_open_of_subject",
            "endpoint_id",
            "subject_key",
            "fact_number",
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index(None, "delivered_at"),
    )

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id"), primary_key=True)
    fact_number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=False)
    subject_key: Mapped[str] = mapped_column(Id)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=from_now())
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=from_now())
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dead_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(300))
