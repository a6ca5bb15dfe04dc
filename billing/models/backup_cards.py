"""The backup of the card that pays for a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_
from sqlalchemy.orm import Mapped, declared_attr, foreign, mapped_column, relationship

from billing.models.base import Id
from billing.models.payments import PaymentMethod


class BackupCard:
    """A second card, which a renewal is charged to where the first one cannot be charged.

    `backup_method_id` is what was chosen. It counts beside another card that pays, while it is a saved card of the
    property that has the subscription: a version that knows no backup removes cards, and transfers, without regard
    to it.
    """

    if TYPE_CHECKING:
        workspace_id: Mapped[str]
        property_id: Mapped[str]
        payment_method_id: Mapped[str | None]

    backup_method_id: Mapped[str | None] = mapped_column(Id)

    @declared_attr
    @classmethod
    def backup_method(cls) -> Mapped[PaymentMethod | None]:
        return relationship(
            PaymentMethod,
            lazy="raise",
            viewonly=True,
            primaryjoin=lambda: and_(
                foreign(cls.workspace_id) == PaymentMethod.workspace_id,
                foreign(cls.backup_method_id) == PaymentMethod.id,
                PaymentMethod.property_id == cls.property_id,
                PaymentMethod.id != cls.payment_method_id,
                PaymentMethod.removed_at.is_(None),
            ),
        )
