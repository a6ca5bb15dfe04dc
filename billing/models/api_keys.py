"""Keys of the seller's own product; of each only a hash is kept, and what it begins with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime
from billing.values.snapshots.api_keys import ApiKeySnapshot


class ApiKey(Base):
    """A key to the books of this seller, in all workspaces. `scopes`, words parted by spaces, are what it may do."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def snapshot(self) -> ApiKeySnapshot:
        return ApiKeySnapshot(
            self.id,
            self.name,
            self.prefix,
            tuple(self.scopes.split()),
            self.created_at,
            self.expires_at,
            self.last_used_at,
            self.revoked_at,
        )
