"""Invoices as PDF: how many a second and in how much memory, beside a bare canvas that draws the same text."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

from benchmarks.drawings import CANVAS, DRAWERS, OURS, WORDS, invoice
from benchmarks.measure import at_least, at_most, compared, counted, heading, in_turn, missing
from billing.adapters.pdf.invoice import draw_invoice, lay_out

OTHERS = ("weasyprint", "fpdf")
ONE_PAGE = 5
# As fast as the targets ask, which are set beside WeasyPrint and typst: what those took beside the same canvas.
OF_THE_CANVAS_ONE_PAGE, OF_THE_CANVAS_LONG = 0.6, 0.4


def run(rounds: int, invoices: int, lines: int) -> None:
    """Prints the lines about documents."""
    heading("Invoices as PDF, beside a bare reportlab canvas that draws the same text in the same fonts")
    _compare(f"one page ({ONE_PAGE} lines)", ONE_PAGE, rounds, invoices, OF_THE_CANVAS_ONE_PAGE)
    _compare(f"{lines} lines", lines, rounds, max(1, invoices // 20), OF_THE_CANVAS_LONG)
    for count in (ONE_PAGE, lines):
        pages, size = _size(count)
        counted(f"size a page, {count} lines, pages: {pages}", [size / pages / 1000], "KB", at_most(50))
    half = _seconds(OURS, lines // 2, 2)
    growth = [_seconds(OURS, lines, 2)() / half() for _ in range(rounds)]
    counted(f"times as long for {lines} lines as for {lines // 2}", growth, "x", at_most(2.5))


def _compare(what: str, lines: int, rounds: int, invoices: int, bound: float) -> None:
    present = [OURS, CANVAS, *(name for name in OTHERS if find_spec(name))]
    seconds = {name: _seconds(name, lines, 1 if name in OTHERS else invoices) for name in present}
    for timed in seconds.values():
        timed()  # fonts are read once in a process
    found = {name: [1 / taken for taken in figures] for name, figures in in_turn(rounds, seconds).items()}
    compared(what, found[OURS], found[CANVAS], "/s", at_least(bound))
    for name, target in (("weasyprint", 12 if lines == ONE_PAGE else 15), ("fpdf", None)):
        if name in found:
            compared(
                f"{what}, beside {name}", found[OURS], found[name], "/s", at_least(target) if target else None
            )
        else:
            missing(f"{what}, beside {name}", "not installed")
    peaks = {name: [_peak_elsewhere(name, lines) for _ in range(rounds)] for name in (OURS, CANVAS)}
    compared(f"{what}, peak memory", peaks[OURS], peaks[CANVAS], "MB")


def _seconds(name: str, lines: int, invoices: int) -> Callable[[], float]:
    """How long one invoice takes, as the mean of so many."""
    draw, document = DRAWERS[name](invoice(lines)), invoice(lines)

    def timed() -> float:
        begun = time.perf_counter()
        for number in range(invoices):
            draw(replace(document, number=f"2026-{number:06}"))
        return (time.perf_counter() - begun) / invoices

    return timed


def _size(lines: int) -> tuple[int, int]:
    return len(lay_out(invoice(lines), WORDS)), len(draw_invoice(invoice(lines), WORDS))


def _peak_elsewhere(name: str, lines: int) -> float:
    """The most memory, in MB, of a fresh process that draws one such invoice."""
    drawing = [sys.executable, "-m", "benchmarks.drawings", name, str(lines)]
    return float(subprocess.run(drawing, check=True, capture_output=True, text=True).stdout)
