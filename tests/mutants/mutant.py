"""One guard, and the code without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """The code without one guard: `old`, which stands once in the file, becomes `new`; test files watch it."""

    name: str
    file: str
    old: str
    new: str
    watched_by: tuple[str, ...]
