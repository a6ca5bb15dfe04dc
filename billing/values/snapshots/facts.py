"""Facts as the seller's own product reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.values.cycles import moment_text
from billing.values.facts import FactType


@dataclass(frozen=True, slots=True)
class FactSnapshot:
    """One fact: what became true at `at`, of which subject, in which version, and the full state after it."""

    id: str
    type: FactType
    workspace: str
    property: str | None
    subject: str
    version: int | None
    at: datetime
    state: Mapping[str, Any]

    def as_event(self) -> dict[str, Any]:
        """As the feed of the API and each webhook show it."""
        return {
            "id": self.id,
            "type": str(self.type),
            "timestamp": moment_text(self.at),
            "workspace": self.workspace,
            "property": self.property,
            "subject": self.subject,
            "version": self.version,
            "data": dict(self.state),
        }
