"""What must be told, written in the transaction of the fact itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, RowNumber, UtcDateTime
from billing.models.clock import from_now
from billing.values.outbox import Audience

IN_ORDER = text("told_at IS NULL AND dead_at IS NULL AND quarantined_at IS NULL")
OUT_OF_ORDER = text("quarantined_at IS NOT NULL")
SHOWN = text("message_ref IS NOT NULL")


class OutboxMessage(Base):
    """One fact to tell to one place, at least once and in order.

    `workspace_id`, `audience` and `address` are the order's key: of one key only the oldest untold row is worked on.
    The number is the key by which a receiver can tell a second copy. `message_ref` is the receiver's own name for
    the message in which it was told: later facts about the same `subject_key` are told in its place.

    A worker holds a row until `claimed_until`; a row that fails is tried again at `due_at`. A row that cannot be
    read is quarantined: it keeps nothing waiting, and is tried until it is given up at `dead_at`. These moments, and
    that of `queued_at`, are the database's: processes may disagree about the time.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_untold",
            "workspace_id",
            "audience",
            "address",
            "number",
            postgresql_where=IN_ORDER,
            sqlite_where=IN_ORDER,
        ),
        Index(
            "ix_outbox_due",
            "workspace_id",
            "audience",
            "due_at",
            "number",
            postgresql_where=IN_ORDER,
            sqlite_where=IN_ORDER,
        ),
        Index("ix_outbox_quarantined", "number", postgresql_where=OUT_OF_ORDER, sqlite_where=OUT_OF_ORDER),
        Index(
            "ix_outbox_told_of",
            "workspace_id",
            "audience",
            "address",
            "subject_key",
            postgresql_where=SHOWN,
            sqlite_where=SHOWN,
        ),
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    workspace_id: Mapped[str] = mapped_column(Id)
    audience: Mapped[Audience] = mapped_column(EnumText(Audience))
    address: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(60))
    subject_key: Mapped[str | None] = mapped_column(String(120))
    fact: Mapped[dict[str, Any]] = mapped_column(Json)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=from_now())
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=from_now())
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dead_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_ref: Mapped[str | None] = mapped_column(String(60))
    last_error: Mapped[str | None] = mapped_column(String(300))
