"""What the API answered under an idempotency key: the same request is answered so again, and done once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Json, UtcDateTime


class ApiReply(Base):
    """A request that was made with one key of the API under one idempotency key, and its answer once there is one.

    `digest` is that of what was asked: the key is good for no other request.
    """

    __tablename__ = "api_replies"

    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(Json)
