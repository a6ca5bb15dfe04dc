"""Subscriptions: one plan of one add-on, bought by one property."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.domain.addresses import BillingAddress
from billing.domain.cycles import Anchor, Interval, Period
from billing.domain.errors import AlreadyCancelled, AlreadyEnded, BeingRenewed, NotCancelled
from billing.domain.models.base import Address, Base, Id, Moment, Word
from billing.domain.models.catalogue import Price
from billing.domain.models.members import Person
from billing.domain.models.payments import PaymentMethod
from billing.domain.models.properties import Property
from billing.domain.money import Money
from billing.domain.snapshots import SubscriptionSnapshot


class Status(StrEnum):
    """Whether the plan lives. A cancelled plan is active until the end of its cycle."""

    ACTIVE = "active"
    ENDED = "ended"


class Subscription(Base):
    """A plan with its anchor, its current period, and what was decided about its end."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        ForeignKeyConstraint(
            ["workspace_id", "billing_admin_id"], ["persons.workspace_id", "persons.user_id"]
        ),
        ForeignKeyConstraint(
            ["workspace_id", "payment_method_id"], ["payment_methods.workspace_id", "payment_methods.id"]
        ),
        Index(None, "workspace_id", "property_id"),
        Index(
            "uq_subscriptions_running",
            "workspace_id",
            "property_id",
            "add_on_id",
            unique=True,
            postgresql_where=text("status <> 'ended'"),
            sqlite_where=text("status <> 'ended'"),
        ),
        Index(
            "ix_subscriptions_due",
            "period_end_at",
            "workspace_id",
            "id",
            postgresql_where=text("status <> 'ended'"),
            sqlite_where=text("status <> 'ended'"),
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    add_on_id: Mapped[str] = mapped_column(ForeignKey("add_ons.id"))
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"))
    status: Mapped[Status] = mapped_column(Word(Status))
    billing_admin_id: Mapped[str] = mapped_column(Id)
    payment_method_id: Mapped[str | None] = mapped_column(Id)
    address: Mapped[BillingAddress | None] = mapped_column(Address)
    receipts_to: Mapped[str | None] = mapped_column(String(254))
    purchased_at: Mapped[datetime] = mapped_column(Moment)

    anchor_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    anchor_zone: Mapped[str] = mapped_column(String(40))
    anchor_interval: Mapped[Interval] = mapped_column(Word(Interval))
    anchor_count: Mapped[int]
    period_index: Mapped[int]
    period_start_at: Mapped[datetime] = mapped_column(Moment)
    period_end_at: Mapped[datetime] = mapped_column(Moment)

    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_by: Mapped[str | None] = mapped_column(Id)
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column()

    of_property: Mapped[Property] = relationship(lazy="raise", viewonly=True)
    price: Mapped[Price] = relationship(lazy="raise", viewonly=True)
    billing_admin: Mapped[Person] = relationship(lazy="raise", viewonly=True)
    payment_method: Mapped[PaymentMethod | None] = relationship(lazy="raise", viewonly=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy reads it from the class

    @property
    def anchor(self) -> Anchor:
        return Anchor(self.anchor_local, self.anchor_zone, self.anchor_interval, self.anchor_count)

    @property
    def is_cancelled(self) -> bool:
        """Cancelled and still living to the end of its cycle."""
        return self.status is Status.ACTIVE and self.cancelled_at is not None

    @property
    def goes_on(self) -> bool:
        """Living, and to be renewed at the end of its cycle."""
        return self.status is Status.ACTIVE and self.cancelled_at is None

    @property
    def next_period(self) -> Period:
        return self.anchor.period(self.period_index + 1)

    def about(self) -> dict[str, str]:
        """What every event tells of it."""
        return {
            "property_id": self.property_id,
            "property_name": self.of_property.name,
            "time_zone": self.anchor_zone,
            "subscription_id": self.id,
            "add_on": self.price.plan.add_on.name,
            "plan": self.price.plan.name,
        }

    def start(self, anchor: Anchor) -> None:
        """Begins its first period at the anchor."""
        self.status = Status.ACTIVE
        self.anchor_local, self.anchor_zone = anchor.local, anchor.zone
        self.anchor_interval, self.anchor_count = anchor.interval, anchor.count
        self._enter(anchor.period(0))

    def cancel(self, reason: str, by: str, at: datetime) -> None:
        """Lets the plan live to the end of its paid cycle and no longer (product, line 22).

        Raises AlreadyCancelled, AlreadyEnded, or BeingRenewed in the moments in which a new cycle is due.
        """
        self._refuse_if_over(at)
        if self.cancelled_at is not None:
            raise AlreadyCancelled(self.cancelled_by or "", self.period_end_at, self.anchor_zone)
        if self.period_end_at <= at:
            raise BeingRenewed
        self.cancelled_at, self.cancelled_by, self.cancel_reason = at, by, reason

    def undo_cancellation(self, at: datetime) -> None:
        """Takes a cancellation back before its date (product, lines 23 and 31): same dates, no charge.

        Raises NotCancelled, or AlreadyEnded once the date has come.
        """
        self._refuse_if_over(at)
        if self.cancelled_at is None:
            raise NotCancelled
        self.cancelled_at = self.cancelled_by = self.cancel_reason = None

    def end(self) -> None:
        """Ends a cancelled plan at the end of its cycle, however late this is noticed."""
        self.status, self.ended_at = Status.ENDED, self.period_end_at

    def renew(self) -> None:
        """Enters the next period of its anchor."""
        self._enter(self.next_period)

    def _enter(self, period: Period) -> None:
        self.period_index, self.period_start_at, self.period_end_at = (
            period.index,
            period.start_at,
            period.end_at,
        )

    def _refuse_if_over(self, at: datetime) -> None:
        if self.ended_at is not None:
            raise AlreadyEnded(self.ended_at, self.anchor_zone)
        if self.cancelled_at is not None and self.period_end_at <= at:
            raise AlreadyEnded(self.period_end_at, self.anchor_zone)

    def snapshot(self, next_charge: Money | None) -> SubscriptionSnapshot:
        """What a reader sees of it. `next_charge` is what its next period will cost, VAT included."""
        card = self.payment_method
        return SubscriptionSnapshot(
            id=self.id,
            property_id=self.property_id,
            property_name=self.of_property.name,
            time_zone=self.anchor_zone,
            add_on_id=self.add_on_id,
            add_on=self.price.plan.add_on.name,
            plan=self.price.plan.name,
            interval=self.price.interval,
            price=self.price.amount,
            purchased_at=self.purchased_at,
            period_end_at=self.period_end_at,
            next_charge_at=self.period_end_at if self.goes_on else None,
            next_charge=next_charge,
            card=card.snapshot() if card else None,
            address=self.address,
            billing_admin_id=self.billing_admin_id,
            billing_admin_name=self.billing_admin.name,
            receipts_to=self.receipts_to,
            cancelled_by=self.cancelled_by,
            cancel_reason=self.cancel_reason,
            ends_at=self.period_end_at if self.is_cancelled else None,
            ended_at=self.ended_at,
            version=self.version,
        )
