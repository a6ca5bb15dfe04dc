"""Failures that somebody ordered, to see what the app does about them: of its calls, and of what Slack sends it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.stream import Stream

# A call that is refused with Slack's own word for it.
REFUSALS = (
    "channel_not_found",
    "expired_trigger_id",
    "hash_conflict",
    "invalid_blocks",
    "not_enabled",
    "not_found",
    "user_not_found",
)
# The same of an answer to a gesture, and the name that the log has for those.
URL_REFUSALS, RESPONSE_URL = ("expired_url", "used_url"), "response_url"
CALL_KINDS = ("429", "500", "timeout", "slow", "lost", *REFUSALS, *URL_REFUSALS)
DELIVERY_KINDS = ("twice", "late", "reordered", "followed_late")
# What is delivered, by the names that the log has for it; events go by their own types.
DELIVERIES = (
    "slash_command",
    "shortcut",
    "message_action",
    "block_actions",
    "block_suggestion",
    "view_submission",
    "view_closed",
)
ANY = "*"
# Late is after the trigger_id has expired; what waits for the next delivery does not wait forever. An answer that
# Slack is slow to follow is overtaken by a quick call of the app's.
SECONDS = {"slow": 4.0, "late": 4.0, "reordered": 30.0, "followed_late": 0.5}


@dataclass
class Fault:
    """How the next `times` calls or deliveries of this method go wrong; `*` is any method."""

    method: str
    kind: str
    times: int = 1
    seconds: float | None = None


class Faults:
    """What is armed, first ordered first. Each change is told to the open pages."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._armed: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Arm this fault, behind those that are armed already."""
        self._armed.append(fault)
        self._told()

    def take(self, method: str, kinds: Sequence[str]) -> Fault | None:
        """How this call or delivery goes wrong, if it does; it counts as one of the fault's times."""
        for fault in self._armed:
            if fault.kind in kinds and fault.method in (method, ANY):
                fault.times -= 1
                self._armed = [one for one in self._armed if one.times]
                self._told()
                return fault
        return None

    def clear(self, method: str | None = None, kind: str | None = None) -> None:
        """Take back what is armed for this method and of this kind; without either, everything."""
        self._armed = [
            one for one in self._armed if method not in (None, one.method) or kind not in (None, one.kind)
        ]
        self._told()

    def to_state(self) -> list[dict[str, Any]]:
        """What is armed, as the page draws it."""
        return [dict(vars(fault)) for fault in self._armed]

    def _told(self) -> None:
        self._stream.send({"kind": "faults", "faults": self.to_state()})
