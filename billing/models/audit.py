"""The log of who did what. It only grows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, Json, UtcDateTime, new_id
from billing.values.actors import Actor


class AuditEntry(Base):
    """One act, done or refused (`refused_as` names the refusal). Database triggers refuse to change it."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index(None, "workspace_id", "property_id", "at"),)

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    property_id: Mapped[str | None] = mapped_column(Id)
    user_id: Mapped[str] = mapped_column(Id)
    via: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str | None] = mapped_column(Id)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refused_as: Mapped[str | None] = mapped_column(String(60))


def audit_row(
    actor: Actor,
    property_id: str | None,
    at: datetime,
    act: str,
    subject_id: str | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    refused_as: str | None = None,
    id_: str | None = None,
) -> dict[str, Any]:
    """The row of an entry, as values of its columns; with a new id, unless one is given."""
    return {
        "workspace_id": actor.workspace_id,
        "id": new_id("aud") if id_ is None else id_,
        "at": at,
        "property_id": property_id,
        "user_id": actor.user_id,
        "via": actor.via,
        "act": act,
        "subject_id": subject_id,
        "before": dict(before) if before else None,
        "after": dict(after) if after else None,
        "refused_as": refused_as,
    }
