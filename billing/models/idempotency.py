"""Idempotency keys: what was asked for under which key, so that it is done once however often it is sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class IdempotencyKey(Base):
    """A key that a person has used, and the id of what came of it: empty where nothing has an id of its own."""

    __tablename__ = "idempotency_keys"

    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    act: Mapped[str] = mapped_column(String(60), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
