"""Billing contacts of a property."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime


class BillingContact(Base):
    """Who gets mail about a property's billing: a member (`user_id`), or whoever reads mail at `address`.

    `kinds` are words of ContactKind with blanks between. An address typed by hand gets nothing but its `code` before
    somebody who manages the billing typed that code (`confirmed_at`): then the code is gone. It opens nothing else,
    and who could read it here could read all that is mailed, so it is kept as it is. From `refused_at` on, when the
    mail server refused them for good with `refused_code`, they get nothing.
    """

    __tablename__ = "billing_contacts"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        UniqueConstraint("workspace_id", "property_id", "address"),
        UniqueConstraint("workspace_id", "property_id", "user_id"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    user_id: Mapped[str | None] = mapped_column(Id)
    address: Mapped[str | None] = mapped_column(String(254))
    kinds: Mapped[str] = mapped_column(String(100))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    code: Mapped[str | None] = mapped_column(String(20))
    code_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_code: Mapped[int | None]

    @property
    def gets_mail(self) -> bool:
        """Whether anything but the code is sent to them."""
        return self.confirmed_at is not None and self.refused_at is None
