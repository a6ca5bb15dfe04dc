"""Rounds taken in turn, and the lines that set ours beside its floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median

WIDTHS = (58, 13, 13, 7, 13, 8)
NONE = "-"


@dataclass(frozen=True, slots=True)
class Target:
    """A bound that a figure must keep: at least or at most so much."""

    bound: float
    is_least: bool

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:g}"

    def verdict(self, figure: float) -> str:
        met = figure >= self.bound if self.is_least else figure <= self.bound
        return "met" if met else "not met"


def peak_memory() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would answer with what the parent had
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024**2


def at_least(bound: float) -> Target:
    return Target(bound, is_least=True)


def at_most(bound: float) -> Target:
    return Target(bound, is_least=False)


def in_turn(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """The figures of every contender. They take turns, so that a slow moment of the machine hits all of them."""
    figures: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measured in contenders.items():
            figures[name].append(measured())
    return figures


def heading(title: str) -> None:
    print(f"\n{title}")
    _print("", "ours", "floor", "ratio", "spread", "target", "")


def compared(
    what: str, ours: Sequence[float], floor: Sequence[float], unit: str, target: Target | None = None
) -> None:
    """One line: both medians, their ratio, and the lowest and highest ratio of a round."""
    ratio = median(ours) / median(floor)
    each = [one / other for one, other in zip(ours, floor, strict=True)]
    _print(
        what,
        _figure(median(ours), unit),
        _figure(median(floor), unit),
        _share(ratio),
        f"{_share(min(each))}-{_share(max(each))}",
        str(target or NONE),
        target.verdict(ratio) if target else "",
    )


def counted(what: str, figures: Sequence[float], unit: str, target: Target | None = None) -> None:
    """One line about a figure that needs no floor."""
    figure = median(figures)
    verdict = target.verdict(figure) if target else ""
    spread = f"{min(figures):,.1f}-{max(figures):,.1f}" if len(figures) > 1 else NONE
    _print(what, _figure(figure, unit), NONE, NONE, spread, str(target or NONE), verdict)


def missing(what: str, reason: str) -> None:
    print(f"{what:<{WIDTHS[0]}}  {reason}")


def _share(ratio: float) -> str:
    return f"{ratio:.{2 if ratio >= 0.1 else 4}f}"


def _figure(figure: float, unit: str) -> str:
    return f"{figure:,.{0 if figure >= 100 or figure == int(figure) else 2}f} {unit}"


def _print(*cells: str) -> None:
    first, *numbers, verdict = cells
    aligned = [f"{cell:>{width}}" for cell, width in zip(numbers, WIDTHS[1:], strict=True)]
    print("  ".join((f"{first:<{WIDTHS[0]}}", *aligned, verdict)).rstrip(), flush=True)
