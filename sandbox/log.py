"""What went over the wire, both ways, without any secret."""

from collections import deque
from typing import Any

_KEPT = 2000
_SECRET = ("token", "authorization", "x-slack-signature", "bot_access_token")
_MASK = "(hidden)"


class Log:
    """The latest deliveries to the app and calls by it."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(
        self, direction: str, method: str, payload: Any, response: Any, status: int | None, ms: float
    ) -> None:
        """Write down one exchange; `direction` is "delivery" (to the app) or "call" (by it)."""
        entry = {"direction": direction, "method": method, "payload": masked(payload)}
        self._entries.append(entry | {"response": masked(response), "status": status, "ms": round(ms, 1)})

    def entries(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return list(self._entries)


def masked(value: Any) -> Any:
    """The same value with every secret in it hidden, however deep."""
    if isinstance(value, dict):
        return {key: _MASK if key.lower() in _SECRET else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value
