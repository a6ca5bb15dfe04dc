"""What is sold. The catalogue is the seller's, the same for every workspace."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.values.catalogue import MAX_QUANTITY
from billing.values.cycles import Interval
from billing.values.money import Money


class ChangePolicy(StrEnum):
    """When a change of plan takes effect, and what it costs at that moment (product, line 11)."""

    PERIOD_END = "period_end"
    PRORATE = "prorate"
    RESET = "reset"


class CatalogueVersion(Base):
    """A catalogue file that was put in force, with the digest of what it said. The highest one is in force."""

    __tablename__ = "catalogue_versions"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    digest: Mapped[str] = mapped_column(String(64))


class AddOn(Base):
    """A product one can buy, in one or more plans; at most so many of it in one subscription."""

    __tablename__ = "add_ons"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    change_policy: Mapped[ChangePolicy] = mapped_column(EnumText(ChangePolicy))
    transferable: Mapped[bool]
    most: Mapped[int] = mapped_column(default=MAX_QUANTITY, server_default=str(MAX_QUANTITY))


class Plan(Base):
    """One size of an add-on. `rank` orders them from small to large."""

    __tablename__ = "plans"

    add_on_id: Mapped[str] = mapped_column(ForeignKey("add_ons.id"), primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    rank: Mapped[int]
    quota: Mapped[int | None]

    add_on: Mapped[AddOn] = relationship(lazy="raise")

    def allowance(self, quantity: int) -> int | None:
        """The quota of so many units in a cycle; None for no limit."""
        return None if self.quota is None else self.quota * quantity


class Price(Base):
    """What a plan costs for an interval, in a currency, net. A new subscription is free for its trial days.

    A price never changes: a new one takes its place, and those who have the old one keep it.
    """

    __tablename__ = "prices"
    __table_args__ = (
        ForeignKeyConstraint(["add_on_id", "plan_id"], ["plans.add_on_id", "plans.id"]),
        Index(
            "uq_prices_on_sale",
            "add_on_id",
            "plan_id",
            "interval",
            "currency",
            unique=True,
            postgresql_where=text("on_sale"),
            sqlite_where=text("on_sale"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    add_on_id: Mapped[str] = mapped_column(Id)
    plan_id: Mapped[str] = mapped_column(Id)
    interval: Mapped[Interval] = mapped_column(EnumText(Interval))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    trial_days: Mapped[int]
    on_sale: Mapped[bool]

    plan: Mapped[Plan] = relationship(lazy="raise")

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)
