"""The channel of the seller's own people, and what stands in the way of announcing in a channel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class OperatorChannel:
    """Where the seller's own people read what is told to them."""

    workspace_id: str
    channel: str


class ChannelProblem(StrEnum):
    """Why nothing is announced in a channel: nothing can be posted there, or outsiders would read it."""

    ARCHIVED = "archived"
    NOT_IN_IT = "not_in_it"
    NOT_FOUND = "not_found"
    # The workspace lets certain people alone post there.
    RESTRICTED = "restricted"
    SHARED = "shared"
    # It was private when it was chosen.
    PUBLIC = "public"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, _: object) -> ChannelProblem:
        """What a later version found, and wrote down."""
        return cls.UNKNOWN
