"""What is known of a copy of the books: that nothing may be done with it, and which payments it takes over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.values.holds import HoldReason


class Hold(Base):
    """While there is one, the desk shows and does nothing. `why` is what the reason names (`values.holds`)."""

    __tablename__ = "holds"

    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[HoldReason] = mapped_column(EnumText(HoldReason), server_default=HoldReason.OPERATOR)
    why: Mapped[str] = mapped_column(Text)


class AdoptedPayment(Base):
    """A payment that the gateway collected for books which were lost: the payment of that id takes it as its own."""

    __tablename__ = "adopted_payments"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    payment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(255))
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)
