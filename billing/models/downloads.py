"""Downloads: the papers of a month, quarter or year that somebody asked for, until they have them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.models.clock import from_now

OPEN_DOWNLOAD_SQL = text("state = 'open'")


class DownloadState(StrEnum):
    """Open until it is delivered. Refused: who asked may not have it any more, or it is none. Failed: given up."""

    OPEN = "open"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"


class Download(Base):
    """One request; while it is open, whoever asks the same again means this one.

    A worker holds it until `claimed_until`, and it is tried again at `due_at`: moments of the database, like those of
    the outbox. `message_ref` is the direct message that says how far it is.
    """

    __tablename__ = "downloads"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        Index(
            "uq_downloads_open",
            "workspace_id",
            "requested_by",
            "property_id",
            "span",
            unique=True,
            postgresql_where=OPEN_DOWNLOAD_SQL,
            sqlite_where=OPEN_DOWNLOAD_SQL,
        ),
        Index(
            "ix_downloads_due",
            "due_at",
            postgresql_where=OPEN_DOWNLOAD_SQL,
            sqlite_where=OPEN_DOWNLOAD_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    requested_by: Mapped[str] = mapped_column(Id)
    span: Mapped[str] = mapped_column(String(10))
    state: Mapped[DownloadState] = mapped_column(EnumText(DownloadState))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=from_now())
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_ref: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(300))
