"""What documents were drawn with, and what came of it: logos, and the hash of each first drawing. They only grow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class KeptLogo(Base):
    """A logo that documents show, by its hash; it stays when the settings name another."""

    __tablename__ = "logos"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Drawing(Base):
    """The hash of a document's PDF, as it was first drawn in a language: every later one must have it too.

    An invoice that was paid after it was issued has two: as it was issued, and `as_paid`.
    """

    __tablename__ = "drawings"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    document_id: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    as_paid: Mapped[bool] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
