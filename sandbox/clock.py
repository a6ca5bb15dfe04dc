"""The workspace's clock: real time, until somebody turns it forward."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Upcoming:
    """Something that will happen by itself once the clock gets there; `labels` are by the reader's language.

    Without a label the clock stops there and nothing is shown of it.
    """

    at: datetime
    label: str = ""
    kind: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


class TurnableClock:
    """Call it for the present moment (UTC). It runs at the pace of real time from `start`, or from now."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = timedelta() if start is None else start - datetime.now(UTC)
        self.turned = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Turn the clock forward; a negative step raises ValueError, for nothing here can be undone."""
        if by < timedelta():
            raise ValueError("The clock cannot be turned back.")
        self._ahead += by
        self.turned += by

    def turn_to(self, moment: datetime) -> None:
        """Turn the clock forward to `moment` (with its time zone); an earlier one raises ValueError."""
        self.advance(moment - self())


def iso(moment: datetime) -> str:
    """The moment as the page and the control routes write it: 2026-11-23T09:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
