"""How often somebody may do something: so many times within so many seconds."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from math import ceil
from threading import Lock
from time import monotonic

# Of more people than this the one who was quiet for longest is forgotten.
MAX_REMEMBERED = 10_000


class RateLimit:
    """At most `times` within `seconds`, for each one apart, in this process."""

    def __init__(self, times: int, seconds: float, now: Callable[[], float] = monotonic) -> None:
        self._times, self._seconds, self._now = times, seconds, now
        self._recent: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, who: Hashable) -> int:
        """In how many whole seconds they may do it again; one at least."""
        with self._lock:
            recent = self._recent.get(who)
            left = recent[0] + self._seconds - self._now() if recent else 0
            return max(1, ceil(left))

    def allows(self, who: Hashable) -> bool:
        """Whether they may do it once more now; if so, it is counted."""
        with self._lock:
            now = self._now()
            recent = self._recent.setdefault(who, deque())
            self._recent.move_to_end(who)
            while recent and recent[0] <= now - self._seconds:
                recent.popleft()
            if len(recent) >= self._times:
                return False
            recent.append(now)
            if len(self._recent) > MAX_REMEMBERED:
                self._recent.popitem(last=False)
            return True
