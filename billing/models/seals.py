"""The chain of seals: what was written and must not change, row by row, and the digest that holds it together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, RowNumber, UtcDateTime


class SealedRow(Base):
    """A row of a table that only grows; a trigger notes it when it is written. It waits while it has no `seal`.

    `part` tells those apart that share a `row_id`. The digest is that of the row as it was sealed, empty where it was
    gone by then.
    """

    __tablename__ = "sealed_rows"
    __table_args__ = (Index(None, "seal", "number"),)

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    workspace_id: Mapped[str] = mapped_column(Id)
    row_id: Mapped[str] = mapped_column(Id)
    part: Mapped[str] = mapped_column(String(10))
    seal: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))


class Seal(Base):
    """So many rows, sealed together: the digest is made of theirs and of that of the seal before. It only grows."""

    __tablename__ = "seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
