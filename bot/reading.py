"""Reading what comes back from Slack: what does not read as the app wrote it is of another version, or forged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from billing.values.errors import Refusal

P = ParamSpec("P")
R = TypeVar("R")
# How values that somebody else wrote make a function stumble that reads its own.
MALFORMED = (KeyError, ValueError, TypeError, AttributeError)


@dataclass(eq=False)
class Outdated(Refusal):
    """The button or form is none of those that are made today."""


def reads(read: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that reads what a view of the app wrote. It raises Outdated for anything else."""

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except MALFORMED:
            raise Outdated from None

    return checked
