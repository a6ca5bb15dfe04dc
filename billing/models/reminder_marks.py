"""What was said ahead of a subscription's charges, and when something is to be said again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Index, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Id, UtcDateTime

REMINDED_SQL = text("remind_at IS NOT NULL")
_RENEWS = "cancelled_at IS NULL AND status ="
_NOT_EARLY = "(early_reminder_end_at IS NULL OR early_reminder_end_at <> period_end_at)"
_NOT_LATE = "(late_reminder_end_at IS NULL OR late_reminder_end_at <> period_end_at)"
# The cycles of whose end nothing was said yet: of a year early, or late; of a free trial.
EARLY_REMINDER_SQL = text(f"{_RENEWS} 'active' AND anchor_interval = 'year' AND {_NOT_EARLY}")
LATE_REMINDER_SQL = text(f"{_RENEWS} 'active' AND anchor_interval = 'year' AND {_NOT_LATE}")
TRIAL_REMINDER_SQL = text(f"{_RENEWS} 'trialing' AND {_NOT_LATE}")
_UNSAID: Mapping[str, TextClause] = MappingProxyType(
    {
        "early_reminder": EARLY_REMINDER_SQL,
        "late_reminder": LATE_REMINDER_SQL,
        "trial_reminder": TRIAL_REMINDER_SQL,
    }
)


def reminder_indexes() -> tuple[Index, ...]:
    """What is due is found by them: a cycle leaves its index once its end was spoken of, and the next one enters."""
    return (
        _index("remind", "remind_at", REMINDED_SQL),
        *(_index(name, "period_end_at", which) for name, which in _UNSAID.items()),
    )


def _index(name: str, moment: str, which: TextClause) -> Index:
    place = (moment, "workspace_id", "id")
    return Index(f"ix_subscriptions_{name}", *place, postgresql_where=which, sqlite_where=which)


class ReminderMarks:
    """At `remind_at` is said what it still lacks.

    Of the charge at the end of a cycle it was spoken early, or for the last time, where `early_reminder_end_at` and
    `late_reminder_end_at` are that end; whoever set `kept_end_at` wants to hear no more of it. That a card expires
    was said of the one with `reminded_card_id`.
    """

    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    early_reminder_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late_reminder_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept_end_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_card_id: Mapped[str | None] = mapped_column(Id)
