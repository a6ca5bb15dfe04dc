"""Subscriptions: one plan of one add-on, bought by one property."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, ForeignKey, ForeignKeyConstraint, Index, String, true
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from billing.models.backup_cards import BackupCard
from billing.models.base import Address, Base, CompanyDetails, EnumText, Id, UtcDateTime
from billing.models.catalogue import AddOn, Price
from billing.models.changes import PlannedChange
from billing.models.members import Member, Person
from billing.models.payments import Payment, PaymentMethod
from billing.models.properties import Property
from billing.models.reminder_marks import ReminderMarks, reminder_indexes
from billing.models.rules import Situation, SubscriptionRules
from billing.models.states import LIVING as LIVING
from billing.models.states import LIVING_SQL, RUNNING_SQL, TRIED_SQL
from billing.models.states import OVER as OVER
from billing.models.states import Status as Status
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from billing.values.cycles import Anchor, Interval, Period, local_date

# After so many failures, some eight hours, a renewal is quarantined: it is told, and tried on for good.
QUARANTINED_AFTER = 10
MAX_WAIT = timedelta(days=1)


class Subscription(SubscriptionRules, ReminderMarks, BackupCard, Base):
    """A plan with its anchor, its current period, and what was decided about its end.

    The schedule looks at it at `due_at`: the end of its period, or later where that failed before. One that
    failed too often is quarantined: it is listed, and tried on at least once a day. Its receipts go to the person
    `receipts_to_user_id`, at the address that they have by then, or to `receipts_to`, an address that is nobody's;
    to no one without either. `receipts_refused_at` is when a mail server refused the last of them.
    `address` and `company` are what its invoices say; unless it `has_own_buyer` they are those of its property.
    `days_zone` is the zone whose days its current period was billed by: that of the property it began in.
    `trial_property_id` is the property that had a free trial with it, whichever has it now. `paid_elsewhere_until` is
    the end of the cycle in which it was imported: another system billed that one, and this desk has no invoice of it.
    """

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
            "ix_subscriptions_trial",
            "workspace_id",
            "trial_property_id",
            postgresql_where=TRIED_SQL,
            sqlite_where=TRIED_SQL,
        ),
        Index(
            "uq_subscriptions_running",
            "workspace_id",
            "property_id",
            "add_on_id",
            unique=True,
            postgresql_where=RUNNING_SQL,
            sqlite_where=RUNNING_SQL,
        ),
        Index(
            "ix_subscriptions_due",
            "due_at",
            "workspace_id",
            "id",
            postgresql_where=LIVING_SQL,
            sqlite_where=LIVING_SQL,
        ),
        *reminder_indexes(),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    add_on_id: Mapped[str] = mapped_column(ForeignKey("add_ons.id"))
    price_id: Mapped[str] = mapped_column(ForeignKey("prices.id"))
    quantity: Mapped[int]
    status: Mapped[Status] = mapped_column(EnumText(Status))
    billing_admin_id: Mapped[str] = mapped_column(Id)
    payment_method_id: Mapped[str | None] = mapped_column(Id)
    address: Mapped[BillingAddress | None] = mapped_column(Address)
    company: Mapped[Company | None] = mapped_column(CompanyDetails)
    has_own_buyer: Mapped[bool] = mapped_column(default=False, server_default=true())
    receipts_to: Mapped[str | None] = mapped_column(String(254))
    receipts_to_user_id: Mapped[str | None] = mapped_column(Id)
    receipts_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    purchased_at: Mapped[datetime] = mapped_column(UtcDateTime)
    trial_property_id: Mapped[str | None] = mapped_column(Id)

    anchor_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    anchor_fold: Mapped[int] = mapped_column(default=0, server_default="0")
    anchor_zone: Mapped[str] = mapped_column(String(40))
    days_zone: Mapped[str] = mapped_column(String(40), default="UTC", server_default="UTC")
    anchor_interval: Mapped[Interval] = mapped_column(EnumText(Interval))
    anchor_count: Mapped[int]
    period_index: Mapped[int]
    period_start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    period_end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_elsewhere_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_failures: Mapped[int]
    quarantined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_by: Mapped[str | None] = mapped_column(Id)
    cancel_reason: Mapped[str | None] = mapped_column(String(500))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column()

    prop: Mapped[Property] = relationship(lazy="raise", viewonly=True)
    price: Mapped[Price] = relationship(lazy="raise")
    billing_admin: Mapped[Person] = relationship(lazy="raise", viewonly=True)
    receipts_member: Mapped[Member | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: (
            (foreign(Subscription.receipts_to_user_id) == Member.user_id)
            & (foreign(Subscription.workspace_id) == Member.workspace_id)
            & (foreign(Subscription.property_id) == Member.property_id)
        ),
    )
    payment_method: Mapped[PaymentMethod | None] = relationship(lazy="raise", viewonly=True)
    add_on: Mapped[AddOn] = relationship(lazy="raise", viewonly=True)
    changes: Mapped[list[PlannedChange]] = relationship(lazy="raise", viewonly=True)
    payments: Mapped[list[Payment]] = relationship(lazy="raise", viewonly=True)
    members: Mapped[list[Member]] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin=lambda: (
            (foreign(Member.workspace_id) == Subscription.workspace_id)
            & (foreign(Member.property_id) == Subscription.property_id)
        ),
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  SQLAlchemy reads it from the class

    @property
    def key(self) -> dict[str, str]:
        """How statements name it."""
        return {"workspace_id": self.workspace_id, "subscription_id": self.id}

    @property
    def anchor(self) -> Anchor:
        local = self.anchor_local.replace(fold=self.anchor_fold)
        return Anchor(local, self.anchor_zone, self.anchor_interval, self.anchor_count)

    @property
    def is_cancelled(self) -> bool:
        """Cancelled and still living to the end of its cycle."""
        return self.status in LIVING and self.cancelled_at is not None

    @property
    def renews(self) -> bool:
        """Living, and to be renewed at the end of its cycle."""
        return self.status in LIVING and self.cancelled_at is None

    @property
    def is_paid_elsewhere(self) -> bool:
        """Whether its current cycle was billed by the system that it was imported from."""
        return self.paid_elsewhere_until is not None and self.period_end_at <= self.paid_elsewhere_until

    @property
    def next_period(self) -> Period:
        return self.anchor.period(self.period_index + 1)

    def days_left(self, at: datetime) -> int:
        """How many whole days of its period are left, today included, in its zone."""
        return (local_date(self.period_end_at, self.days_zone) - local_date(at, self.days_zone)).days

    def about(self) -> dict[str, Any]:
        """What every event tells of it."""
        return {
            "property_id": self.property_id,
            "property_name": self.prop.name,
            "time_zone": self.prop.time_zone,
            "subscription_id": self.id,
            "add_on": self.price.plan.add_on.name,
            "plan": self.price.plan.name,
        }

    def anchored(self, moment: datetime, interval: Interval) -> Anchor:
        """The anchor of cycles that begin at that moment, in the property's zone."""
        return Anchor.at(moment, self.prop.time_zone, interval)

    def start(self, anchor: Anchor) -> None:
        """Enters the first period of a new anchor."""
        self._set_anchor(anchor)
        self.days_zone = anchor.zone
        self._enter(anchor.period(0))

    def start_trial(self, anchor: Anchor, days: int) -> None:
        """Lives for those days without charge; the first paid cycle begins at their end."""
        self._set_anchor(anchor)
        self.days_zone = anchor.zone
        self.status, self.trial_property_id = Status.TRIALING, self.property_id
        self._enter(Period(0, anchor.start_of(0), anchor.days_later(days)))

    def extend_trial(self, days: int, now: Situation) -> None:
        """Its first paid cycle begins so many days later. Raises what `can_extend_trial` says."""
        self.can_extend_trial(days, now).or_refuse()
        self._enter(Period(0, self.period_start_at, self.anchor.days_later(self.trial_days + days)))

    def bill(self, address: BillingAddress | None, company: Company | None) -> None:
        """Later invoices are for that buyer: its own, unless the property has the very same (product, line 45)."""
        self.address, self.company = address, company
        self.has_own_buyer = (address, company) != (self.prop.address, self.prop.company)

    def switch(self, price: Price, quantity: int) -> None:
        """Has that price and quantity from now on; its dates stay."""
        self.price, self.quantity = price, quantity

    def next_cycle(self, price: Price) -> tuple[Anchor, Period]:
        """The cycle after this one at that price. A trial's end and another interval begin a new anchor there."""
        if self.status is Status.TRIALING or price.interval is not self.anchor_interval:
            anchor = self.anchored(self.period_end_at, price.interval)
            return anchor, anchor.period(0)
        return self.anchor, self.next_period

    def cancel(self, reason: str, by: str, now: Situation) -> None:
        """Lets the plan live to the end of its paid cycle and no longer (product, line 22).

        One whose renewal is quarantined has come to that end, and is over at once. Raises AlreadyCancelled,
        AlreadyEnded, BeingRenewed in the moments in which a new cycle is due, or PaymentInProgress for one whose
        first payment, or change, is not decided.
        """
        self.can_cancel(now).or_refuse()
        self.cancelled_at, self.cancelled_by, self.cancel_reason = now.at, by, reason
        if self.period_end_at <= now.at:
            self.end()

    def undo_cancellation(self, now: Situation) -> None:
        """Takes a cancellation back before its date (product, lines 23 and 31): same dates, no charge.

        Raises NotCancelled, or AlreadyEnded once the date has come.
        """
        self.can_undo_cancellation(now).or_refuse()
        self.cancelled_at = self.cancelled_by = self.cancel_reason = None

    def end(self, at: datetime | None = None) -> None:
        """Ends it: a cancelled plan at the end of its cycle, however late this is noticed; an unpaid one at `at`."""
        self.status, self.ended_at = Status.ENDED, at or self.period_end_at

    def renew(self, anchor: Anchor, period: Period) -> None:
        """Enters that period, as `next_cycle` gave it."""
        if self.status is Status.TRIALING:
            self.status = Status.ACTIVE
        self._set_anchor(anchor)
        self.days_zone = self.prop.time_zone
        self._enter(period)

    def restart(self, anchor: Anchor, *, by: str) -> None:
        """Lives again after its end, in a new cycle. Who restarts it pays for it, as who buys does."""
        self.billing_admin_id = by
        self.cancelled_at = self.cancelled_by = self.cancel_reason = self.ended_at = None
        self.status = Status.ACTIVE
        self.start(anchor)

    def is_due(self, at: datetime) -> bool:
        """Whether it lives, its cycle is over, and its end or its next cycle is to be tried now."""
        return self.status in LIVING and self.period_end_at <= at and self.due_at <= at

    def wait_longer(self, at: datetime) -> bool:
        """The due work failed: tried again after a wait that doubles up to a day. True if this quarantines it."""
        doubled = timedelta(minutes=2 ** min(self.due_failures, QUARANTINED_AFTER + 1))
        self.due_at = at + min(doubled, MAX_WAIT)
        self.due_failures += 1
        if self.due_failures != QUARANTINED_AFTER:
            return False
        self.quarantined_at = at
        return True

    def wake(self, at: datetime) -> None:
        """What its renewal failed for may be mended: tried again at once."""
        if self.due_failures:
            self.due_at = min(self.due_at, at)

    def _set_anchor(self, anchor: Anchor) -> None:
        self.anchor_local, self.anchor_fold, self.anchor_zone = anchor.local, anchor.local.fold, anchor.zone
        self.anchor_interval, self.anchor_count = anchor.interval, anchor.count

    def _enter(self, period: Period) -> None:
        self.period_index = period.index
        self.period_start_at, self.period_end_at = period.start_at, period.end_at
        self.due_at, self.due_failures, self.quarantined_at = period.end_at, 0, None

    @property
    def sends_receipts(self) -> bool:
        """Whether somebody was chosen who gets its receipts."""
        return self.receipts_to_user_id is not None or self.receipts_to is not None

    def send_receipts_to(self, recipient: Member | str | None) -> None:
        """From now on receipts go to the member, or to the address of a billing contact who is none; None: nobody.

        Nothing is known against it yet.
        """
        member = recipient if isinstance(recipient, Member) else None
        self.receipts_to = recipient if isinstance(recipient, str) else None
        self.receipts_refused_at = None
        self.receipts_to_user_id = member.user_id if member else None
        set_committed_value(self, "receipts_member", member)

    @property
    def receipts_address(self) -> str | None:
        """Where they go now; None where nobody was chosen, and for who left or may not see the billing any more."""
        if self.receipts_to_user_id is None:
            return self.receipts_to
        member = self.receipts_member
        return member.person.address if member and member.role.reads else None
