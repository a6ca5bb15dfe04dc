"""Facts: what happened, for the seller's own product, each with the full state after it. They only grow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, RowNumber, UtcDateTime
from billing.values.facts import FactType

# What is about a subscription in another form than its own.
OF_SUBSCRIPTION = frozenset({FactType.ENTITLEMENTS_CHANGED, FactType.QUOTA_NEARING, FactType.QUOTA_REACHED})


class FactText(EnumText[FactType]):
    """A type of facts, whose words are longer than those of a state."""

    impl = String(40)
    cache_ok = True


class Fact(Base):
    """One fact, written in the transaction of the act, whoever listens.

    The number is its place in the feed. `version` is that of its subject, where that has versions; `state` is what
    the API answers for it from then on. A fact about an organisation's installation has the organisation's id.
    """

    __tablename__ = "facts"
    __table_args__ = (
        Index(None, "id", unique=True),
        Index(None, "workspace_id", "subject_id", "number"),
    )

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id)
    workspace_id: Mapped[str] = mapped_column(Id)
    property_id: Mapped[str | None] = mapped_column(Id)
    type: Mapped[FactType] = mapped_column(FactText(FactType))
    subject_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[dict[str, Any]] = mapped_column(Json)


def fact_row(type_: FactType, subject: dict[str, Any], at: datetime, id_: str) -> dict[str, Any]:
    """The row of a fact, as values of its columns; `subject` is the state that its subject has from now on."""
    return {
        "id": id_,
        "workspace_id": subject["workspace"],
        "property_id": subject.get("property"),
        "type": type_,
        "subject_id": subject["subscription"] if type_ in OF_SUBSCRIPTION else subject["id"],
        "version": subject.get("version"),
        "at": at,
        "state": subject,
    }
