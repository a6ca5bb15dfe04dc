"""Slack's rate limits: so many calls of each method a minute, and one message a second in each channel."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.api import METHODS
from sandbox.clock import TurnableClock

# Slack's tiers, in calls a minute.
A_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
# "Short bursts are allowed": about so many messages at once were seen to pass.
_BURST_OF_MESSAGES = 25


@dataclass
class _Bucket:
    """Holds up to `most` calls and regains `per_second` of them."""

    most: float
    per_second: float
    left: float
    seen_at: datetime

    def wait(self, now: datetime) -> int:
        """The whole seconds until there is a call to take; 0 when one was taken."""
        regained = (now - self.seen_at).total_seconds() * self.per_second
        self.left, self.seen_at = min(self.most, self.left + regained), now
        if self.left < 1:
            return math.ceil((1 - self.left) / self.per_second)
        self.left -= 1
        return 0


class Limits:
    """How much of its limits the app has used.

    They run by the workspace's clock, which is real time until it is turned: a month later nothing is used up.
    """

    def __init__(self, clock: TurnableClock) -> None:
        self.clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def wait(self, method: str, args: Mapping[str, Any]) -> int:
        """How many seconds this call comes too early; 0 when it may be made, and counts."""
        if method == "chat.postMessage":
            return self._bucket(method, str(args.get("channel")), _BURST_OF_MESSAGES, 1).wait(self.clock())
        tier = METHODS[method].tier if method in METHODS else None
        if tier is None:
            return 0
        return self._bucket(method, "", A_MINUTE[tier], A_MINUTE[tier] / 60).wait(self.clock())

    def _bucket(self, method: str, channel: str, most: float, per_second: float) -> _Bucket:
        new = _Bucket(most, per_second, most, self.clock())
        return self._buckets.setdefault((method, channel), new)
