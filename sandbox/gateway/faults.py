"""What goes wrong on the way to a gateway and back, planned by tests and by the developer at the page."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Deaf: the request is lost. Lost: the reply is. `ERROR` is kept as the key's reply, as Stripe keeps it."""

    DEAF = "deaf"
    LOST = "lost"
    ERROR = "500"
    ERROR_AFTER = "500_after"
    BUSY = "409"
    TOO_MANY = "429"


@dataclass
class Faults:
    """What the next requests meet whose path ends so; each fault strikes once."""

    _planned: dict[str, deque[Fault]] = field(default_factory=dict)

    def plan(self, path_ends: str, *faults: Fault) -> None:
        self._planned.setdefault(path_ends, deque()).extend(faults)

    def next(self, path: str) -> Fault | None:
        for ending, waiting in self._planned.items():
            if waiting and path.endswith(ending):
                return waiting.popleft()
        return None
