"""Failures that somebody ordered, to see what the app does about them."""

from collections import deque

KINDS = ("429", "500", "timeout", "invalid_blocks")


class Faults:
    """For each method, how its next calls will fail."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[str]] = {}

    def plan(self, method: str, kind: str, times: int) -> None:
        """The next `times` calls of this method fail in this way."""
        self._planned.setdefault(method, deque()).extend([kind] * times)

    def take(self, method: str) -> str | None:
        """How this call fails, if it does."""
        planned = self._planned.get(method)
        return planned.popleft() if planned else None
