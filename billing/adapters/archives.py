"""Papers in a ZIP: the files, lists of them as CSV and as a workbook, and the SHA-256 of each file."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import xlsxwriter

from billing.i18n import Translator
from billing.values.csv_lines import FORMULA
from billing.values.snapshots import ArchiveFile, DocumentRow, InvoiceState, MoneyRow, Papers

MODE = 0o100600 << 16
# Drawn documents and workbooks are compressed already.
COMPRESSED = (".pdf", ".xlsx")
WIDEST = 40
Cell = str | date | Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """A list: its name, the names of its columns, its rows."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def write_papers(target: BinaryIO, papers: Papers, files: Iterable[ArchiveFile], t: Translator) -> None:
    """Writes the archive; each file is forgotten when it is in it."""
    day, hashes = papers.span.first_day, list[tuple[Cell, ...]]()
    with ZipFile(target, "w") as archive:

        def add(name: str, content: bytes, number: str = "") -> None:
            method = ZIP_STORED if name.endswith(COMPRESSED) else ZIP_DEFLATED
            archive.writestr(entry(name, day), content, method)
            hashes.append((name, number, hashlib.sha256(content).hexdigest()))

        for file in files:
            add(file.name, file.content, file.number)
        tables = (_documents(papers.documents, t), _money(papers.money, t))
        for table in tables:
            add(f"{table.name}.csv", as_csv(table))
        add(f"{papers.span}.xlsx", as_workbook(tables))
        headings = (t("File"), t("Document"), "SHA-256")
        archive.writestr(entry("sha256.csv", day), as_csv(Table("sha256", headings, hashes)), ZIP_DEFLATED)


def entry(name: str, day: date) -> ZipInfo:
    """Dated by the day, and by the same system wherever it is written: nothing of the moment is in the bytes."""
    made = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    made.create_system, made.external_attr = 3, MODE
    return made


def csv_of(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows as RFC 4180 has them."""
    written = StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def inert(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _documents(rows: Iterable[DocumentRow], t: Translator) -> Table:
    headings = (
        *(t("Kind"), t("Number"), t("Date"), t("Description"), t("Corrects"), t("Customer"), t("VAT number")),
        *(t("Purchase order"), t("Net"), t("VAT"), t("Total"), t("Currency"), t("State")),
        *(t("VAT in euro"), t("Exchange rate")),
    )
    states = _states(t)
    return Table(
        t("documents"),
        headings,
        [
            (
                *(t("credit note") if row.is_credit_note else t("invoice"), row.number, row.issued_on),
                *(row.what, row.corrects, row.buyer, row.vat_number, row.purchase_order),
                *(amount.decimal for amount in (row.net, row.tax, row.total)),
                *(row.total.currency, states[row.state] if row.state else ""),
                *((row.in_euro.amount.decimal, row.in_euro.by.rate) if row.in_euro else ("", "")),
            )
            for row in rows
        ],
    )


def _states(t: Translator) -> dict[InvoiceState, str]:
    return {
        InvoiceState.OPEN: t("open"),
        InvoiceState.PAST_DUE: t("past due"),
        InvoiceState.PAID: t("paid"),
        InvoiceState.CARRIED: t("carried to the next invoice"),
        InvoiceState.DISPUTED: t("disputed"),
        InvoiceState.DISPUTE_LOST: t("dispute lost"),
        InvoiceState.UNCOLLECTIBLE: t("uncollectible"),
        InvoiceState.CREDITED: t("credited in full"),
    }


def _money(rows: Iterable[MoneyRow], t: Translator) -> Table:
    headings = (
        *(t("Kind"), t("Date"), t("Invoice"), t("Charged"), t("From credit balance"), t("Currency")),
        *(t("Card"), t("Reference")),
    )
    return Table(
        t("payments"),
        headings,
        [
            (
                *(t("refund") if row.is_refund else t("payment"), row.on, row.number),
                *(row.by_gateway.decimal, row.by_credit.decimal, row.by_gateway.currency),
                *(row.card, row.reference),
            )
            for row in rows
        ],
    )


def as_csv(table: Table) -> bytes:
    """With the mark by which Excel knows UTF-8; numbers and dates as programs read them in any country."""
    rows = (tuple(inert(cell) if isinstance(cell, str) else str(cell) for cell in row) for row in table.rows)
    return csv_of([table.headings, *rows]).encode("utf-8-sig")


def as_workbook(tables: Iterable[Table]) -> bytes:
    """A sheet for each: numbers and dates as such, amounts with their currency's decimals, text never a formula."""
    written = BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as workbook:
        bold, dated = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "yyyy-mm-dd"})
        amounts: dict[int, xlsxwriter.format.Format] = {}
        for table in tables:
            sheet = workbook.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            for column, heading in enumerate(table.headings):
                sheet.write_string(0, column, heading, bold)
                sheet.set_column(column, column, _width(table, column))
            for number, row in enumerate(table.rows, 1):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):  # never a formula or a link, whatever it begins with
                        sheet.write_string(number, column, cell)
                    elif isinstance(cell, date):
                        sheet.write_datetime(number, column, cell, dated)
                    else:
                        decimals = -int(cell.as_tuple().exponent)
                        if decimals not in amounts:
                            shown = "#,##0" + ("." + "0" * decimals if decimals else "")
                            amounts[decimals] = workbook.add_format({"num_format": shown})
                        sheet.write_number(number, column, cell, amounts[decimals])
    return written.getvalue()


def _width(table: Table, column: int) -> int:
    cells = (len(str(row[column])) for row in table.rows)
    return min(max(len(table.headings[column]), *cells, 0) + 2, WIDEST)
