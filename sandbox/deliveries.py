"""One delivery to the app, and what came back: the same by HTTP and by Socket Mode."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.messages import JsonObject


@dataclass(frozen=True)
class Delivery:
    """What is delivered: its name in the log, its kind by Socket Mode's names, and which retry it is, and why."""

    method: str
    kind: str
    payload: JsonObject
    retry: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Reply:
    """What the app answered; `error` is set when Slack would count the delivery as failed."""

    status: int | None
    body: Any
    ms: float
    error: str | None = None

    def to_json(self) -> JsonObject:
        """The outcome as a control route answers it."""
        if self.error:
            return {"ok": False, "error": self.error}
        return {"ok": True, "status": self.status, "ms": round(self.ms, 1)}


class Carrier(Protocol):
    """A way to the app."""

    async def carry(self, delivery: Delivery) -> Reply:
        """Hand it over and wait for the acknowledgement, as long as Slack does."""


def parsed(text: str) -> Any:
    """The reply as an object, where it is one; anything else is plain words, also a bare number."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return text
    return found if isinstance(found, dict) else text
