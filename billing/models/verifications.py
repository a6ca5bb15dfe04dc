"""What `verify` found in the books each day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Json, RowNumber, UtcDateTime


class Verification(Base):
    """One look at all books. `broken` names by workspace the invariants that do not hold; "" is what is of none."""

    __tablename__ = "verifications"

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    verified_at: Mapped[datetime] = mapped_column(UtcDateTime)
    broken: Mapped[dict[str, Any]] = mapped_column(Json)
