"""The files of a day as a ZIP with a list: the same bytes for the same files, whenever and wherever."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from billing.adapters.archives import csv_of, entry

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
            archive.writestr(entry(LIST, day), csv_of(rows))
            for name, content in files:
                archive.writestr(entry(name, day), content)
        target.flush()
        os.fsync(target.fileno())
    beside.replace(path)
    return path
