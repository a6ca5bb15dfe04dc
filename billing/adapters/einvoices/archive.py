"""The files of a day as a ZIP with a list: the same bytes for the same files, whenever and wherever."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

MODE = 0o100600 << 16
LIST = "list.csv"


def write_archive(
    folder: Path, day: date, rows: Iterable[tuple[str, ...]], files: Iterable[tuple[str, bytes]]
) -> Path:
    """Writes the archive of that day into the folder, whole or not at all; the first of the `rows` names the columns.

    Raises OSError.
    """
    path = folder / f"einvoices-{day.isoformat()}.zip"
    beside = path.with_suffix(".part")
    folder.mkdir(parents=True, exist_ok=True)
    # Others must not read who buys what.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        with ZipFile(target, "w", ZIP_STORED) as archive:
            archive.writestr(_entry(LIST, day), _csv(rows))
            for name, content in files:
                archive.writestr(_entry(name, day), content)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(path)
    return path


def _entry(name: str, day: date) -> ZipInfo:
    """Dated by the day, and by the same system wherever it is written: nothing of the moment is in the bytes."""
    entry = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, MODE
    return entry


def _csv(rows: Iterable[tuple[str, ...]]) -> str:
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()
