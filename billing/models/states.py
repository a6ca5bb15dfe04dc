"""The states of a subscription, and which of them live or are over."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import text


class Status(StrEnum):
    """Whether the plan lives. A cancelled plan is active until the end of its cycle.

    Incomplete: its first payment is not decided. Abandoned: it failed, and the plan never lived. Past due:
    an invoice is unpaid, and the plan lives on while it is collected.
    """

    INCOMPLETE = "incomplete"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"
    ABANDONED = "abandoned"


LIVING = frozenset({Status.TRIALING, Status.ACTIVE, Status.PAST_DUE})
OVER = frozenset({Status.ENDED, Status.ABANDONED})
# In any other status all renewals are paid, or on their way for the first time.
OWING = frozenset({Status.PAST_DUE, Status.ENDED})
RUNNING_SQL = text("status NOT IN ('ended', 'abandoned')")
TRIED_SQL = text("trial_property_id IS NOT NULL")
LIVING_SQL = text("status IN ('trialing', 'active', 'past_due')")
