"""What went over the wire, both ways, without any secret."""

from collections import deque
from itertools import count
from typing import Any

from sandbox.clock import TurnableClock, iso
from sandbox.stream import Stream

_KEPT = 2000
_SECRET = ("token", "authorization", "x-slack-signature", "bot_access_token")
_MASK = "(hidden)"


class Log:
    """The latest deliveries to the app and calls by it. Each is numbered, and told to the pages that ask for it."""

    def __init__(self, stream: Stream, clock: TurnableClock) -> None:
        self._stream, self._clock = stream, clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._numbers = count(1)

    def add(
        self,
        direction: str,
        method: str,
        payload: Any,
        response: Any,
        status: int | None,
        ms: float,
        fault: str | None = None,
    ) -> None:
        """Write down one exchange; `direction` is "delivery" (to the app) or "call" (by it)."""
        number = next(self._numbers)
        entry = {"number": number, "at": iso(self._clock()), "direction": direction, "method": method}
        entry |= {"payload": masked(payload), "response": masked(response), "status": status}
        self._entries.append(entry | {"ms": round(ms, 1), "fault": fault})
        self._stream.send({"kind": "log", "number": number})

    def entries(self, after: int = 0) -> list[dict[str, Any]]:
        """Oldest first; those with a number beyond `after`."""
        return [entry for entry in self._entries if entry["number"] > after]


def masked(value: Any) -> Any:
    """The same value with every secret in it hidden, however deep."""
    if isinstance(value, dict):
        return {key: _MASK if key.lower() in _SECRET else masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [masked(inner) for inner in value]
    return value
