"""Billing cycles: every period is computed from the anchor, so that none drifts."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from billing.values.errors import UnknownTimeZone

# A trial is no longer than this, however often it is extended.
MAX_TRIAL_DAYS = 365


class Interval(StrEnum):
    """How often a price is charged."""

    MONTH = "month"
    YEAR = "year"

    @property
    def months(self) -> int:
        return 12 if self is Interval.YEAR else 1


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The IANA time zone of that name; raises UnknownTimeZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone(name) from None


def local_date(moment: datetime, zone: str) -> date:
    """The calendar date on which the moment falls in that zone."""
    return moment.astimezone(zone_of(zone)).date()


def moment_text(moment: datetime) -> str:
    """The moment in UTC as ISO 8601, always to the microsecond, as SQL writes it in bulk too."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of time [start_at, end_at), the index-th since its anchor. Both are UTC."""

    index: int
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Anchor:
    """The local date and time from which all periods of a subscription are counted.

    Months are added to the anchor itself and clamped to the month's last day: 31 Jan, 28 Feb, 31 Mar.
    A wall time that a daylight-saving jump skips moves forward for that period only; one that occurs
    twice means the first (billing rules, "Time"), but for the anchor itself, whose `fold` says which it was.
    """

    local: datetime
    zone: str
    interval: Interval
    count: int = 1

    @classmethod
    def at(cls, moment: datetime, zone: str, interval: Interval, count: int = 1) -> Anchor:
        """The anchor of a subscription that begins at that moment, to which its first period goes back."""
        return cls(moment.astimezone(zone_of(zone)).replace(tzinfo=None), zone, interval, count)

    def start_of(self, index: int) -> datetime:
        """The UTC moment at which the index-th period begins."""
        months = self.local.month - 1 + index * self.interval.months * self.count
        year, month = self.local.year + months // 12, months % 12 + 1
        day = min(self.local.day, monthrange(year, month)[1])
        fold = self.local.fold if index == 0 else 0
        wall = self.local.replace(year=year, month=month, day=day, tzinfo=zone_of(self.zone), fold=fold)
        return wall.astimezone(UTC)

    def days_later(self, days: int) -> datetime:
        """The UTC moment of the same time of day so many days after it: when a trial is over."""
        wall = (self.local + timedelta(days=days)).replace(tzinfo=zone_of(self.zone), fold=0)
        return wall.astimezone(UTC)

    def period(self, index: int) -> Period:
        return Period(index, self.start_of(index), self.start_of(index + 1))

    def period_at(self, moment: datetime) -> Period:
        """The period that contains the moment, found without walking through those before it."""
        local = moment.astimezone(zone_of(self.zone))
        months = (local.year - self.local.year) * 12 + local.month - self.local.month
        index = months // (self.interval.months * self.count)
        while self.start_of(index) > moment:
            index -= 1
        while self.start_of(index + 1) <= moment:
            index += 1
        return self.period(index)
