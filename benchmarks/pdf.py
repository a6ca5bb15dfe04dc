"""Invoices as PDF: how many a second and in how much memory, beside others that draw the same."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from itertools import count, islice

from benchmarks.drawings import CANVAS, DRAWERS, FACTUR_X, OURS, WORDS, invoice, logo
from benchmarks.measure import at_least, at_most, compared, counted, heading, in_turn, missing
from billing.adapters.einvoices.en16931 import write_cii, write_ubl
from billing.adapters.einvoices.fatturapa import write as write_fattura
from billing.adapters.pdf.invoice import lay_out, render_invoice

ONE_PAGE = 5
# How many times as fast ours has to be: for one page, and for many lines.
PEERS = {"weasyprint": (12, 15), "typst": (1, 1.2), "fpdf": (None, None)}
# Of these one invoice a round says enough.
SLOW = ("weasyprint", "fpdf")
# Ours lays out and measures, the canvas is told where everything is: at least so much of it must remain.
TARGETS = PEERS | {CANVAS: (0.6, 0.4)}
# One row for all who draw: ours without Factur-X would else find the texts that ours with it has just laid out.
SERIALS = count()


def run(rounds: int, invoices: int, lines: int) -> None:
    """Prints the lines about documents."""
    heading(
        "Invoices as PDF a second of one core, beside others that draw the same text and logo in the same fonts"
    )
    absent = {name: why for name in PEERS if (why := _absent(name))}
    for name, why in absent.items():
        missing(name, why)
    present = [CANVAS, *(name for name in PEERS if name not in absent)]
    _compare(f"one page ({ONE_PAGE} lines)", ONE_PAGE, rounds, invoices, present)
    _compare(f"{lines} lines", lines, rounds, max(1, invoices // 20), present)
    for many in (ONE_PAGE, lines):
        pages, size = _size(many)
        counted(f"size a page, {many} lines, pages: {pages}", [size / pages / 1000], "KB", at_most(50))
    _compare_formats(rounds, invoices)
    half = _seconds(OURS, lines // 2, 2)
    growth = [_seconds(OURS, lines, 2)() / half() for _ in range(rounds)]
    counted(f"times as long for {lines} lines as for {lines // 2}", growth, "x", at_most(2.5))


def _absent(name: str) -> str:
    """Why the peer cannot be measured; empty where it can."""
    if find_spec(name) is None:
        return "is not installed; make bench does it"
    try:
        import_module(name)
    except OSError:
        return "lacks system libraries; on Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0"
    return ""


def _compare(what: str, lines: int, rounds: int, invoices: int, others: list[str]) -> None:
    each = {name: 1 if name in SLOW else invoices for name in (OURS, *others)}
    seconds = {name: _seconds(name, lines, count) for name, count in each.items()}
    for timed in seconds.values():
        timed()  # fonts are read once in a process
    found = {name: [1 / taken for taken in figures] for name, figures in in_turn(rounds, seconds).items()}
    peaks = {name: [_peak_elsewhere(name, lines)] for name in found}
    for name in others:
        target = TARGETS[name][lines != ONE_PAGE]
        bound = at_least(target) if target else None
        compared(f"{what}, beside {name}", found[OURS], found[name], "/s", bound)
        compared(f"{what}, peak memory, beside {name}", peaks[OURS], peaks[name], "MB")


def _compare_formats(rounds: int, invoices: int) -> None:
    """A page with the XML in it beside one without, and each XML alone."""
    pages = {name: _seconds(name, ONE_PAGE, invoices) for name in (FACTUR_X, OURS)}
    for timed in pages.values():
        timed()  # schemas and fonts are read once in a process
    found = {name: [1 / taken for taken in figures] for name, figures in in_turn(rounds, pages).items()}
    compared("one page with Factur-X, beside ours without", found[FACTUR_X], found[OURS], "/s", at_least(0.5))
    document = invoice(ONE_PAGE)
    seller = replace(document.seller, city="Torino", postal_code="10123", street="Via dei Mille 10")
    sendable = replace(document, seller=seller, buyer=replace(document.buyer, vat_number="IT01114601006"))
    writers: dict[str, Callable[[], object]] = {
        "FatturaPA": lambda: write_fattura(sendable, "00001"),
        "CII": lambda: write_cii(sendable),
        "UBL": lambda: write_ubl(sendable),
    }
    for name, write in writers.items():
        write()
        counted(f"an XML, {name}", [_milliseconds(write, invoices) for _ in range(rounds)], "ms", at_most(2))


def _milliseconds(write: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        write()
    return (time.process_time() - begun) / times * 1000


def _seconds(name: str, lines: int, invoices: int) -> Callable[[], float]:
    """How long a core works for one invoice, as the mean of so many, no two alike: all of them remember texts.

    For the others everything is laid out before.
    """

    def timed() -> float:
        taken = 0.0
        for serial in islice(SERIALS, invoices):
            document = invoice(lines, serial)
            draw = DRAWERS[name](document)
            begun = time.process_time()
            draw(document)
            taken += time.process_time() - begun
        return taken / invoices

    return timed


def _size(lines: int) -> tuple[int, int]:
    return len(lay_out(invoice(lines), WORDS, logo())), len(render_invoice(invoice(lines), WORDS, logo()))


def _peak_elsewhere(name: str, lines: int) -> float:
    """The most memory, in MB, of a fresh process that draws one such invoice."""
    drawing = [sys.executable, "-m", "benchmarks.drawings", name, str(lines)]
    return float(subprocess.run(drawing, check=True, capture_output=True, text=True).stdout)
