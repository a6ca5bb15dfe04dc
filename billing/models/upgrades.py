"""Upgrades that are over: what only newer versions read may be written from then on."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base


class FinishedUpgrade(Base):
    """No process of a version that is for an older revision works on these tables any more."""

    __tablename__ = "finished_upgrades"

    revision: Mapped[str] = mapped_column(String(8), primary_key=True)
