"""Who writes files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO, Protocol

from billing.values.documents import InvoiceDocument
from billing.values.snapshots import ArchiveFile, Papers


class EInvoiceWriter(Protocol):
    """Writes e-invoices in the format of a country."""

    def __call__(self, document: InvoiceDocument, progressive: str) -> bytes:
        """The file of a numbered document, the same bytes for the same document and place among all files."""


class ArchiveWriter(Protocol):
    """Writes the papers of a month, quarter or year into one file."""

    def __call__(self, target: BinaryIO, papers: Papers, files: Iterable[ArchiveFile], language: str) -> None:
        """Writes each file as it comes, then the papers' lists, which grow meanwhile, in that language."""
