"""Billing contacts of a property."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, Id, UtcDateTime

CODE_VALID_FOR = timedelta(days=7)


class BillingContact(Base):
    """Who gets mail about a property's billing: a member (`user_id`), or whoever reads mail at `address`.

    `kinds` are words of ContactKind with blanks between. An address typed by hand gets nothing but its `code` before
    somebody who manages the billing typed that code, or who reads mail there used the link that holds it
    (`confirmed_at`): then the code is gone. It opens nothing else, and who could read it here could read all that is
    mailed, so it is kept as it is. From `refused_at` on, when the mail server refused them for good with
    `refused_code`, they get nothing.
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

    def code_is_old(self, at: datetime) -> bool:
        """Whether the code that was mailed is good no longer."""
        return self.code_sent_at is None or at - self.code_sent_at > CODE_VALID_FOR

    def confirm(self, at: datetime) -> None:
        """Somebody who reads mail at the address has the code; it is good for nothing more."""
        self.code, self.confirmed_at = None, at
        self.refused_at = self.refused_code = None

    def as_kept(self) -> dict[str, str | None]:
        """For the audit log; a member stands there by their id, as everywhere in it."""
        return {"contact": self.user_id or self.address, "kinds": self.kinds}

    @property
    def gets_mail(self) -> bool:
        """Whether anything but the code is sent to them."""
        return self.confirmed_at is not None and self.refused_at is None
