"""What a desk needs beside right settings: a catalogue in force, and a clock that can be trusted."""

from __future__ import annotations

from datetime import datetime, timedelta

from billing.queries.catalogue import newest_version
from billing.queries.clock import database_now
from billing.work import Billing

# Less than anybody sees on a document; more than a busy machine takes for the question.
MAX_CLOCK_DRIFT = timedelta(seconds=5)


def check(billing: Billing) -> tuple[str, ...]:
    """What is not as it must be, a sentence with the way on for each. Changes nothing."""
    with billing.read("check") as work:
        version = work.session.scalars(newest_version()).one()
        there = work.session.scalars(database_now()).one()
    catalogue = (
        "" if version else "No catalogue is in force: python -m billing catalogue FILE puts one in force."
    )
    return tuple(fault for fault in (catalogue, _drift(billing.clock(), there)) if fault)


def _drift(here: datetime, there: datetime) -> str:
    apart = round((here - there).total_seconds())
    if abs(apart) <= MAX_CLOCK_DRIFT.total_seconds():
        return ""
    side = "ahead of" if apart > 0 else "behind"
    return f"This machine's clock is {abs(apart):,} seconds {side} the database's: let NTP set both."
