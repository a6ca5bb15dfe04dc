"""The chain of seals: what was written and must not change, row by row, and the digest that holds it together."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime

from sqlalchemy import Dialect, Index, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from billing.models.base import Base, Id, RowNumber, UtcDateTime

# The characters of 32 bytes, without the one that only fills up.
IN_BASE_64 = 43


class Digest(TypeDecorator[str]):
    """SHA-256 in hexadecimal; its row may have it in base 64 (`in_base_64`), which is a third shorter."""

    impl = String(64)
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return b64decode(f"{value}=").hex() if value and len(value) == IN_BASE_64 else value


def in_base_64(digest: str) -> str:
    """The digest as short as a row can have it; empty where it is."""
    return b64encode(bytes.fromhex(digest)).decode().rstrip("=")


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
    digest: Mapped[str | None] = mapped_column(Digest)


class Seal(Base):
    """So many rows, sealed together: the digest is made of theirs and of that of the seal before. It only grows."""

    __tablename__ = "seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rows: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
