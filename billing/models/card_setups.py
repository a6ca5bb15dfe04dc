"""New cards on their way: a hosted page was opened, and the gateway says what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime

OPEN_SETUP_SQL = text("state = 'open'")


class SetupState(StrEnum):
    """Open until a card was saved or the page is over. Refused: who began it may not keep a card any more."""

    OPEN = "open"
    SAVED = "saved"
    OVER = "over"
    REFUSED = "refused"


class CardSetup(Base):
    """One hosted page. The card that is saved on it will pay for the subscription, if it names one.

    `place` is where the person was shown the link, so that it says there what came.
    """

    __tablename__ = "card_setups"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        Index("ix_card_setups_page_id", "page_id"),
        Index(
            "ix_card_setups_to_poll",
            "poll_at",
            postgresql_where=OPEN_SETUP_SQL,
            sqlite_where=OPEN_SETUP_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    subscription_id: Mapped[str | None] = mapped_column(Id)
    requested_by: Mapped[str] = mapped_column(Id)
    state: Mapped[SetupState] = mapped_column(EnumText(SetupState))
    customer: Mapped[str | None] = mapped_column(String(255))
    page_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(String(2000))
    place: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    polls: Mapped[int]
    payment_method_id: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
