"""What must be told, written in the transaction of the fact itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, Json, RowNumber, UtcDateTime


class OutboxMessage(Base):
    """One fact to tell to one place, at least once and in order.

    `topic` is the order's key: of one topic only the oldest untold row is worked on. A worker holds a row
    until `claimed_until`; a row that fails is tried again at `due_at`. The number is the key by which a
    receiver can tell a second copy. `message_ref` is the receiver's own name for the message in which it was told:
    later facts about the same `subject_key` are told in its place.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_untold",
            "topic",
            "number",
            postgresql_where=text("told_at IS NULL"),
            sqlite_where=text("told_at IS NULL"),
        ),
        Index(
            "ix_outbox_told_of",
            "topic",
            "subject_key",
            postgresql_where=text("message_ref IS NOT NULL"),
            sqlite_where=text("message_ref IS NOT NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(Id)
    topic: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(60))
    subject_key: Mapped[str | None] = mapped_column(String(120))
    fact: Mapped[dict[str, Any]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_ref: Mapped[str | None] = mapped_column(String(60))
    last_error: Mapped[str | None] = mapped_column(String(300))
