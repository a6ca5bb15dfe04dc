"""Which months were reported to the seller's own people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, UtcDateTime


class ReportedMonth(Base):
    """A month, as 2026-10, that was reported by itself: none is twice, whoever works at the books.

    The message is written in the same transaction, unless there was nothing to tell.
    """

    __tablename__ = "reported_months"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
