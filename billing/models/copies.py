"""Copies of the books: how far it was looked whether these are one, the hold on one, and what it takes over."""

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


class GatewayLook(Base):
    """Up to when, by the gateway's clock, it was seen that all that the gateway collected stands in these books.

    A copy has it as it was when the copy was made: what others collected since came after that moment.
    """

    __tablename__ = "gateway_looks"

    gateway: Mapped[str] = mapped_column(String(20), primary_key=True)
    up_to: Mapped[datetime] = mapped_column(UtcDateTime)


class AdoptedPayment(Base):
    """A payment that the gateway collected for books which were lost: the payment of that id takes it as its own."""

    __tablename__ = "adopted_payments"

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    payment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    gateway_id: Mapped[str] = mapped_column(String(255))
    adopted_at: Mapped[datetime] = mapped_column(UtcDateTime)
