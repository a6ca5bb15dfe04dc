"""What a property means to spend."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Base, EnumText, Id, UtcDateTime
from billing.values.cycles import Interval
from billing.values.money import Money
from billing.values.spans import Months, Span

TO_LOOK_AT_SQL = text("due_at IS NOT NULL")


class Budget(Base):
    """What a property means to spend in each calendar month or year, with VAT; without `minor` it was removed.

    In the span that begins on `told_from` the mark of `told_percent` was told last, or passed already when the budget
    was set. `due_at` is when it is compared with the documents next.
    """

    __tablename__ = "budgets"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "property_id"], ["properties.workspace_id", "properties.id"]),
        Index(
            "ix_budgets_to_look_at",
            "due_at",
            "workspace_id",
            "property_id",
            postgresql_where=TO_LOOK_AT_SQL,
            sqlite_where=TO_LOOK_AT_SQL,
        ),
    )

    workspace_id: Mapped[str] = mapped_column(Id, primary_key=True)
    property_id: Mapped[str] = mapped_column(Id, primary_key=True)
    every: Mapped[Interval] = mapped_column(EnumText(Interval))
    currency: Mapped[str] = mapped_column(String(3))
    minor: Mapped[int | None] = mapped_column(BigInteger)
    told_from: Mapped[date] = mapped_column(Date)
    told_percent: Mapped[int]
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def amount(self) -> Money | None:
        return None if self.minor is None else Money(self.minor, self.currency)

    def span_of(self, day: date) -> Span:
        """The month or year in which the day is."""
        return Span.of(day, Months(self.every.months))

    def told_in(self, span: Span) -> int:
        """The highest mark that nobody need be told again in that span."""
        return self.told_percent if self.told_from == span.first_day else 0

    def as_kept(self) -> dict[str, Any]:
        """As the audit log has it."""
        return {} if self.minor is None else {"minor": self.minor, "every": str(self.every)}
