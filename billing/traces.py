"""What a process does as a tree of spans, for a collector: what kind of thing it was, never what was typed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import Literal, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
# Codes and counts alone. The values of a span leave the house: no names, no addresses, no amounts.
Attribute = str | int | bool
Kind = Literal["internal", "server", "client"]


class Recorder(Protocol):
    """Where spans go."""

    def span(self, name: str, kind: Kind, attributes: dict[str, Attribute]) -> AbstractContextManager[None]:
        """Lasts as long as the block. An error that leaves it is noted by its class and goes on its way."""

    def note(self, attributes: dict[str, Attribute]) -> None:
        """Adds to the span that lasts now; to none where there is none."""

    def trace_id(self) -> str | None:
        """That of the span that lasts now, as 32 digits; None where there is none."""


class Unrecorded:
    """Nobody collects spans: they cost nothing."""

    block: AbstractContextManager[None] = nullcontext()

    def span(self, name: str, kind: Kind, attributes: dict[str, Attribute]) -> AbstractContextManager[None]:
        return self.block

    def note(self, attributes: dict[str, Attribute]) -> None:
        return None

    def trace_id(self) -> str | None:
        return None


class _Process:
    """Of the whole process, as its log is."""

    recorder: Recorder = Unrecorded()


def record(recorder: Recorder) -> None:
    """To be called once by a program, before it does anything: its spans go there from now on."""
    _Process.recorder = recorder


def span(name: str, kind: Kind = "internal", /, **attributes: Attribute) -> AbstractContextManager[None]:
    """A span about the block, within the one that lasts now. Its name is one of few, its attributes are codes."""
    return _Process.recorder.span(name, kind, attributes)


def part(name: str) -> AbstractContextManager[None]:
    """The same, but for what is no matter alone: who looks every second whether there is work fills no collector."""
    return Unrecorded.block if trace_id() is None else span(name)


def note(**attributes: Attribute) -> None:
    """Says more of the span that lasts now."""
    _Process.recorder.note(attributes)


def trace_id() -> str | None:
    """By which what is logged now is found among the spans; None where nobody collects any."""
    return _Process.recorder.trace_id()


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """The same function for other threads: what they do in it belongs to the span that lasts here, and to its log."""
    here = copy_context()

    def carry(*args: P.args, **kwargs: P.kwargs) -> R:
        return here.copy().run(function, *args, **kwargs)

    return carry
