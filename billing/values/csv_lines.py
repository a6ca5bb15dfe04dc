"""Lines of a CSV file as spreadsheets and people write them: each whole, or with what is wrong with it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from billing.values.card_numbers import holds_card_number
from billing.values.errors import Unfit

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t")
# What Excel writes above the heading to say how the cells are parted.
SEPARATOR = re.compile(r"sep=(.)")
# A spreadsheet takes what begins so for a formula; the wide forms are what some of them read as the same. Where we
# write it, it has an apostrophe before it.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Bytes that are no UTF-8 are read as these.
UNREADABLE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class CsvLine:
    """A line by the number that an editor gives it, its cells by their headings, and what is wrong with them."""

    number: int
    cells: Mapping[str, str]
    faults: tuple[Unfit, ...] = ()


def read_csv(content: bytes, known: Collection[str], needed: Collection[str]) -> tuple[CsvLine, ...]:
    """The lines below the heading, without empty ones, in UTF-8 or UTF-16, parted by commas, semicolons or tabs.

    Cells are stripped; of one that a spreadsheet took for text by its apostrophe, that is taken off. Raises Unfit
    where the heading cannot be used: nothing of the file is known then.
    """
    text = _text(content)
    delimiter, skipped = _delimiter(text)
    rows = _rows(text, delimiter)
    for _ in range(skipped):
        next(rows)
    heading = next((row for row in rows if isinstance(row[1], Unfit) or any(row[1])), None)
    if heading is None:
        raise Unfit("the file is empty: its first line names the columns")
    if isinstance(heading[1], Unfit):
        raise heading[1]
    columns = _columns(heading[1], known, needed)
    lines = tuple(_line(number, row, columns) for number, row in rows if isinstance(row, Unfit) or any(row))
    if not lines:
        raise Unfit("the file has no line below the one that names the columns")
    return lines


def _text(content: bytes) -> str:
    if content.startswith(UTF_16):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise Unfit("the file is no text: save it as CSV in UTF-8") from None
    return content.decode("utf-8-sig", errors="surrogateescape")


def _delimiter(text: str) -> tuple[str, int]:
    """What parts the cells, and how many lines are to be skipped to the heading."""
    first = text.lstrip("\r\n").partition("\n")[0].strip("\r")
    if said := SEPARATOR.fullmatch(first.strip('"')):
        return said[1], text[: text.index(first)].count("\n") + 1
    return max(DELIMITERS, key=first.count), 0


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | Unfit]]:
    """Each row with the number of its first line. Where quotes do not close, all that follows is one fault."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield (
                number,
                Unfit("from here on it cannot be read: a quote is not closed, or not doubled within a cell"),
            )
            return
        yield number, [cell.strip() for cell in row]


def _columns(heading: list[str], known: Collection[str], needed: Collection[str]) -> list[str]:
    columns = [name.lower() for name in heading]
    while columns and not columns[-1]:
        columns.pop()
    if any(map(UNREADABLE.search, columns)):
        raise Unfit("the line that names the columns is no UTF-8: save the file as CSV in UTF-8")
    if holds_card_number(" ".join(columns)):
        raise Unfit("the line that names the columns holds a card number, which never belongs in a file")
    if strange := [name for name in columns if name not in known]:
        raise Unfit(
            "these columns are not known: {columns}; take them out, or see `import template`",
            columns=", ".join(name or "-" for name in strange),
        )
    if twice := {name for name in columns if columns.count(name) > 1}:
        raise Unfit("these columns are there twice: {columns}", columns=", ".join(sorted(twice)))
    if missing := [name for name in needed if name not in columns]:
        raise Unfit("these columns are missing: {columns}", columns=", ".join(missing))
    return columns


def _line(number: int, row: list[str] | Unfit, columns: list[str]) -> CsvLine:
    if isinstance(row, Unfit):
        return CsvLine(number, MappingProxyType({}), (row,))
    while len(row) > len(columns) and not row[-1]:
        row.pop()
    if len(row) != len(columns):
        fault = Unfit(
            "it has {cells} cells for {columns} columns: one with a comma or semicolon in it needs quotes",
            cells=len(row),
            columns=len(columns),
        )
        return CsvLine(number, MappingProxyType({}), (fault,))
    cells = dict(zip(columns, row, strict=True))
    faults = tuple(found for name, cell in cells.items() if (found := _fault(name, cell)))
    return CsvLine(number, MappingProxyType({name: _as_text(cell) for name, cell in cells.items()}), faults)


def _fault(column: str, cell: str) -> Unfit | None:
    if UNREADABLE.search(cell):
        return Unfit("{column} is no UTF-8: save the file as CSV in UTF-8", column=column)
    if cell.startswith(FORMULA):
        return Unfit(
            "{column} begins like a formula: write the value, or an apostrophe before it", column=column
        )
    return None


def shown(cell: str) -> str:
    """A cell as it may be said: no card number is repeated, and what could not be read is a sign that says so."""
    return "" if holds_card_number(cell) else UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", cell)


def _as_text(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
