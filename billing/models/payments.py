"""How subscriptions are paid: saved cards, what is to be paid, and each try to collect it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.models.base import Base, EnumText, Id, Json, UtcDateTime
from billing.models.invoices import Invoice
from billing.values.disputes import DisputeState
from billing.values.money import Money
from billing.values.snapshots import CardSnapshot

KEPT_SQL = text("removed_at IS NULL")
TO_DETACH_SQL = text("removed_at IS NOT NULL AND detached_at IS NULL")


class PaymentMethod(Base):
    """A card as the gateway knows it: its token, and what may be shown of it. Never its number.

    One that was removed stays as what was paid with it, and is offered and charged no more; the gateway is told
    after that (`detached_at`). `customer` is the gateway's name for whose it is.
    """

    __tablename__ = "payment_methods"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        Index(None, "workspace_id", "property_id"),
        Index(
            "uq_payment_methods_kept",
            "workspace_id",
            "property_id",
            "token",
            unique=True,
            postgresql_where=KEPT_SQL,
            sqlite_where=KEPT_SQL,
        ),
        Index(
            "ix_payment_methods_to_detach",
            "removed_at",
            postgresql_where=TO_DETACH_SQL,
            sqlite_where=TO_DETACH_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    token: Mapped[str] = mapped_column(String(255))
    brand: Mapped[str] = mapped_column(String(20))
    last_four: Mapped[str] = mapped_column(String(4))
    expiry_month: Mapped[int]
    expiry_year: Mapped[int]
    added_by: Mapped[str] = mapped_column(Id)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer: Mapped[str | None] = mapped_column(String(255))
    detached_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def snapshot(self) -> CardSnapshot:
        return CardSnapshot(self.brand, self.last_four, self.expiry_month, self.expiry_year)

    @property
    def shown(self) -> str:
        """The card as documents name it: "Visa 4242"."""
        return card_shown(self.brand, self.last_four)


def card_shown(brand: str, last_four: str) -> str:
    return f"{brand} {last_four}"


class PaymentKind(StrEnum):
    """What is paid for. A renewal's invoice is issued before it is collected; all others when they are paid."""

    PURCHASE = "purchase"
    CHANGE = "change"
    RESTART = "restart"
    RENEWAL = "renewal"


class PaymentState(StrEnum):
    """Open until it is decided. Failed: nothing was issued. Uncollectible: the invoice stays unpaid.

    Credited: credit notes left nothing to pay.
    """

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    UNCOLLECTIBLE = "uncollectible"
    CREDITED = "credited"


OPEN_SQL = text("state = 'open'")
# What an open payment does to the balance of its property.
HOLDS_CREDIT_SQL = text("state = 'open' AND credit_minor > 0")
CHARGES_CARRIED_SQL = text("state = 'open' AND carried_minor < 0")
TOUCHES_BALANCE_SQL = text("state = 'open' AND (credit_minor > 0 OR carried_minor < 0)")
OPEN_AND_FIRST = text("state = 'open' AND kind <> 'renewal'")


class Payment(Base):
    """One amount to be collected, once. `draft` is the document that is issued when it is paid.

    `minor` is what the gateway is asked for, as the one payment that it calls `gateway_id`; `credit_minor` is
    held back from the property's credit balance for it; `carried_minor` is left for the next invoice because the
    gateway takes no charge of so little, or, below zero, was left by former ones and is charged with it. The schedule
    tries it at `next_try_at`; `tries` counts only the schedule's own days. Where nothing can be tried any more before
    the last of them, `ends_at` is that day. With `refused_token` is the card in whose place the backup is tried from
    then on. `dispute` is how the newest dispute over it stands; its state and its invoice stay as they were.
    """

    __tablename__ = "payments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "subscription_id"], ["subscriptions.workspace_id", "subscriptions.id"]
        ),
        ForeignKeyConstraint(["workspace_id", "invoice_id"], ["invoices.workspace_id", "invoices.id"]),
        UniqueConstraint("workspace_id", "invoice_id"),
        UniqueConstraint("workspace_id", "key"),
        Index(
            "uq_payments_first",
            "workspace_id",
            "subscription_id",
            unique=True,
            postgresql_where=OPEN_AND_FIRST,
            sqlite_where=OPEN_AND_FIRST,
        ),
        Index(
            "ix_payments_due",
            "next_try_at",
            "workspace_id",
            "id",
            postgresql_where=OPEN_SQL,
            sqlite_where=OPEN_SQL,
        ),
        Index(None, "workspace_id", "subscription_id", "created_at"),
        Index(
            "ix_payments_balance",
            "workspace_id",
            "property_id",
            postgresql_where=TOUCHES_BALANCE_SQL,
            sqlite_where=TOUCHES_BALANCE_SQL,
        ),
        Index(
            "ix_payments_gateway_id",
            "gateway_id",
            postgresql_where=text("gateway_id IS NOT NULL"),
            sqlite_where=text("gateway_id IS NOT NULL"),
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    subscription_id: Mapped[str] = mapped_column(Id)
    invoice_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[PaymentKind] = mapped_column(EnumText(PaymentKind))
    state: Mapped[PaymentState] = mapped_column(EnumText(PaymentState))
    key: Mapped[str] = mapped_column(String(120))
    draft: Mapped[dict[str, Any] | None] = mapped_column(Json)
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)
    carried_minor: Mapped[int] = mapped_column(BigInteger, server_default="0")
    payment_method_id: Mapped[str | None] = mapped_column(Id)
    requested_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int]
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_token: Mapped[str | None] = mapped_column(String(255))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gateway_id: Mapped[str | None] = mapped_column(String(255))
    dispute: Mapped[DisputeState | None] = mapped_column(EnumText(DisputeState))

    invoice: Mapped[Invoice | None] = relationship(lazy="raise", viewonly=True)
    attempts: Mapped[list[PaymentAttempt]] = relationship(lazy="raise", viewonly=True)

    @property
    def amount(self) -> Money:
        return Money(self.minor, self.currency)

    def is_expired(self, now: datetime) -> bool:
        """Whether the time is over in which a first payment is to be paid."""
        return self.expires_at is not None and self.expires_at <= now

    @property
    def owed_minor(self) -> int:
        """What it settles of its own invoice."""
        return self.minor + self.credit_minor + self.carried_minor

    def reduce(self, minor: int) -> int:
        """Lowers what is to be paid, and answers by how much: the card is spared before the credit balance."""
        off = min(minor, self.owed_minor)
        from_card = min(off, self.minor)
        from_credit = min(off - from_card, max(self.credit_minor, 0))
        self.minor -= from_card
        self.credit_minor -= from_credit
        self.carried_minor -= off - from_card - from_credit
        if self.owed_minor == 0:
            self.minor = self.credit_minor = self.carried_minor = 0
        return off

    def carry(self, rest: int) -> None:
        """What the gateway takes no charge of is left for the next invoice; a first payment was opened without it.

        Only while nothing is open at the gateway for the whole amount.
        """
        if self.kind is PaymentKind.RENEWAL and self.gateway_id is None:
            self.minor -= rest
            self.carried_minor += rest

    @property
    def about(self) -> str:
        """What the gateway is told that it is for."""
        return f"{self.kind} {self.id}"


class AttemptState(StrEnum):
    """Where one try stands. Unknown: the gateway did not say, and must be asked before anything else.

    Not tried: the gateway refused our account or key, or got it at no time in which it was wanted; no try of the
    payment's.
    """

    SENT = "sent"
    UNKNOWN = "unknown"
    ACTION_REQUIRED = "action_required"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    DECLINED_FOR_GOOD = "declined_for_good"
    NOT_TRIED = "not_tried"


# The reason of a try that a person's next act, or another try, took the place of: no failure.
WITHDRAWN = "withdrawn"
# Tries that the bank said no to.
FAILED = frozenset({AttemptState.DECLINED, AttemptState.DECLINED_FOR_GOOD})
# What the gateway has not answered; beside it, what waits for the payer is not decided either.
UNANSWERED = frozenset({AttemptState.SENT, AttemptState.UNKNOWN})
UNDECIDED = frozenset({AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.ACTION_REQUIRED})
IN_FLIGHT = text("state IN ('sent', 'unknown', 'action_required')")


class PaymentAttempt(Base):
    """One try to collect a payment. Its key is made of what it is for, so that the same try has the same key.

    `minor` is what the gateway was asked for, which what the payment is lowered to later does not change; tries of
    versions before have none.
    """

    __tablename__ = "payment_attempts"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "payment_id"], ["payments.workspace_id", "payments.id"]),
        UniqueConstraint("workspace_id", "payment_id", "number"),
        Index(None, "workspace_id", "token"),
        Index(
            "uq_payment_attempts_in_flight",
            "workspace_id",
            "payment_id",
            unique=True,
            postgresql_where=IN_FLIGHT,
            sqlite_where=IN_FLIGHT,
        ),
        Index(
            "ix_payment_attempts_to_poll",
            "poll_at",
            postgresql_where=text("poll_at IS NOT NULL"),
            sqlite_where=text("poll_at IS NOT NULL"),
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    payment_id: Mapped[str] = mapped_column(Id)
    number: Mapped[int]
    state: Mapped[AttemptState] = mapped_column(EnumText(AttemptState))
    scheduled: Mapped[bool]
    token: Mapped[str] = mapped_column(String(255))
    customer: Mapped[str | None] = mapped_column(String(255))
    card: Mapped[str] = mapped_column(String(40))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gateway_id: Mapped[str | None] = mapped_column(String(255))
    reason: Mapped[str | None] = mapped_column(String(80))
    action_url: Mapped[str | None] = mapped_column(String(2000))
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    polls: Mapped[int]
    minor: Mapped[int | None] = mapped_column(BigInteger)

    payment: Mapped[Payment] = relationship(lazy="raise", viewonly=True)

    def amount_of(self, payment: Payment) -> Money:
        """What was tried of its payment."""
        return payment.amount if self.minor is None else Money(self.minor, payment.currency)

    @property
    def why(self) -> str | None:
        """Why it brought nothing, as people are told it: what stands against our own account is not theirs."""
        return str(self.state) if self.state is AttemptState.NOT_TRIED else self.reason

    @property
    def key(self) -> str:
        """The idempotency key: workspace, payment, number."""
        return f"{self.workspace_id}-{self.payment_id}-{self.number}"
