"""Subscriptions that ran elsewhere, as tests write them into files and read them again."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from billing.services import imports
from billing.services.imports import LineReport
from billing.values.csv_lines import read_csv
from billing.values.errors import Unfit
from billing.values.imports import NEEDED, TEMPLATE, DateOrder, ImportLine, read_line
from billing.values.snapshots import PropertySnapshot
from tests.billing.desk import WORKSPACE, Desk

# The desk's clock stands at 31 January 2026, 10:30 in Rome.
LINE = {
    "reference": "old-1",
    "workspace": WORKSPACE,
    "user": "UOWNER",
    "add_on": "live-chat",
    "plan": "basic",
    "interval": "month",
    "anchor": "2025-08-31",
    "paid_through": "2026-02-27",
    "card": "tok_visa",
    "name": "Esempio S.r.l.",
    "street": "Via Roma 1",
    "postal_code": "20121",
    "city": "Milano",
    "region": "MI",
    "country": "IT",
}


def quiet(_done: int, _of: int) -> None:
    """Nobody looks."""


def written(*lines: Mapping[str, str], delimiter: str = ",") -> str:
    columns = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, delimiter=delimiter, restval="", lineterminator="\r\n")
    table.writeheader()
    table.writerows(lines)
    return text.getvalue()


def read(content: str | bytes, dates: DateOrder = DateOrder.ISO) -> list[ImportLine]:
    raw = content.encode() if isinstance(content, str) else content
    return [read_line(line, dates) for line in read_csv(raw, TEMPLATE, NEEDED)]


def import_lines(desk: Desk, *lines: Mapping[str, str], skip_wrong: bool = False) -> tuple[LineReport, ...]:
    return imports.import_lines(desk.billing, read(written(*lines)), quiet, skip_wrong=skip_wrong)


def why(report: LineReport) -> list[str]:
    return [str(fault) if isinstance(fault, Unfit) else type(fault).__name__ for fault in report.faults]


def a_line(prop: PropertySnapshot, **cells: str) -> dict[str, str]:
    return {**LINE, "property": prop.id, **cells}
