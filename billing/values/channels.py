"""What stands in the way of announcing in a channel."""

from __future__ import annotations

from enum import StrEnum


class ChannelProblem(StrEnum):
    """Why nothing is announced in a channel: nothing can be posted there, or outsiders would read it."""

    ARCHIVED = "archived"
    NOT_IN_IT = "not_in_it"
    NOT_FOUND = "not_found"
    SHARED = "shared"
    # It was private when it was chosen.
    PUBLIC = "public"
