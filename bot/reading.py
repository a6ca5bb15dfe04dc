"""Reading what comes back from Slack: what does not read as the app wrote it is of another version, or forged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, wraps
from types import UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from billing.values.errors import Refusal

P = ParamSpec("P")
R = TypeVar("R")
# How values that somebody else wrote make a function stumble that reads its own.
MALFORMED = (LookupError, ValueError, TypeError, AttributeError, RecursionError)
# No number that the app writes is larger, nor would a database take it.
LARGEST = 2**63 - 1


@dataclass(eq=False)
class Outdated(Refusal):
    """The button or form is none of those that are made today."""


def reads(read: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that reads what a view of the app wrote. It raises Outdated for anything else.

    What it answers is what its annotation says, whatever the JSON held.
    """

    @wraps(read)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            found = read(*args, **kwargs)
        except MALFORMED:
            raise Outdated from None
        if not _fits(found, _hints(read)["return"]):
            raise Outdated
        return found

    return checked


_hints = cache(get_type_hints)


def _fits(value: Any, hint: Any) -> bool:
    """Whether the value is of that type, and all that it holds of theirs."""
    of, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if of in (Union, UnionType):
        return any(_fits(value, one) for one in inner)
    if of is Literal:
        return value in inner
    if of is tuple and inner[-1] is not Ellipsis:
        return isinstance(value, tuple) and all(map(_fits, value, inner))
    if of is not None and not isinstance(value, of):
        return False
    if of is not None and issubclass(of, Mapping):
        return all(_fits(key, inner[0]) and _fits(one, inner[1]) for key, one in value.items())
    if of is not None:
        return all(_fits(one, inner[0]) for one in value)
    if hint is int:
        return type(value) is int and abs(value) <= LARGEST
    if isinstance(hint, type) and is_dataclass(hint):
        return isinstance(value, hint) and all(
            _fits(getattr(value, one.name), _hints(hint)[one.name]) for one in fields(hint)
        )
    return isinstance(value, hint)
