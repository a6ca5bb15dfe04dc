"""The ledger. It only grows, and each entry sums to zero."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ColumnElement, Index, String, case, func, literal_column
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime


class Account(StrEnum):
    """Where money stands. Debits are positive: what a property owes, or the gateway holds for the seller.

    REFUND is what the seller has promised to send back, FORFEITED the credit that was given up with a property.
    CARRIED is owed, but too little to be charged alone: it is on the property's next invoice.
    """

    RECEIVABLE = "receivable"
    CASH = "cash"
    REVENUE = "revenue"
    TAX = "tax"
    CREDIT = "credit"
    BAD_DEBT = "bad_debt"
    REFUND = "refund"
    FORFEITED = "forfeited"
    CARRIED = "carried"


class Posting(Base):
    """One line of an entry, in minor units, for an invoice, its payment, a credit note, or none.

    The entry of an invoice has its id, and that of a payment which was received the payment's; their columns need
    not repeat it, so what a line is for is asked with `OF_INVOICE` and `OF_PAYMENT`. A property's credit balance is
    the negative sum of its CREDIT.
    """

    __tablename__ = "postings"
    __table_args__ = (
        Index(None, "workspace_id", "property_id", "account", "currency"),
        # The journal of a month, over all workspaces.
        Index(None, "at"),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    entry_id: Mapped[str] = mapped_column(Id, primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    property_id: Mapped[str] = mapped_column(Id)
    account: Mapped[Account] = mapped_column(EnumText(Account))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    invoice_id: Mapped[str | None] = mapped_column(Id)
    payment_id: Mapped[str | None] = mapped_column(Id)
    refund_id: Mapped[str | None] = mapped_column(Id)
    credit_note_id: Mapped[str | None] = mapped_column(Id)


def _of(column: InstrumentedAttribute[str | None], prefix: str) -> ColumnElement[str | None]:
    # Written out: PostgreSQL groups by what has no parameters.
    named = case((Posting.entry_id.like(literal_column(f"'{prefix}%'")), Posting.entry_id))
    return func.coalesce(column, named)


OF_INVOICE = _of(Posting.invoice_id, "inv")
OF_PAYMENT = _of(Posting.payment_id, "pay")
