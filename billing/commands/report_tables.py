"""What all reports share: their options, their tables, and the files that they are written into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_one, translator, write
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from _typeshed import DataclassInstance

    from billing import Billing
    from billing.adapters.archives import Table
    from billing.values.spans import Span

    class Scope(Protocol):
        """What a report is of: a span up to a day there, of one workspace or, where None, of all."""

        @property
        def span(self) -> Span: ...

        @property
        def time_zone(self) -> str: ...

        @property
        def last_day(self) -> date: ...

        @property
        def workspace_id(self) -> str | None: ...

    class Total(Protocol):
        """A sum, and whether it is what it is held against."""

        @property
        def is_equal(self) -> bool: ...

    class Report(DataclassInstance, Protocol):
        """What every report has."""

        @property
        def scope(self) -> Scope: ...

        @property
        def totals(self) -> Sequence[Total]: ...


Month = Annotated[str, typer.Option(help="The month, as 2026-11, in the seller's time zone")]
WorkspaceId = Annotated[
    str | None, typer.Option("--workspace", help="Of that workspace alone, T...; without it of all")
]
AsCsv = Annotated[Path | None, typer.Option("--csv", help="A file to write the lines into as well, as CSV")]
AsXlsx = Annotated[
    Path | None,
    typer.Option("--xlsx", help="A file to write the lines into as well, as a workbook for Excel"),
]
Cells = tuple[str | date | Decimal, ...]
R = TypeVar("R", bound="Report")


def report(
    said: Callable[[R, Translator], str], cells: Callable[[R, Translator], list[Cells]]
) -> Callable[[Callable[[Billing, str, str | None], R]], Callable[..., None]]:
    """Makes a command of what reads a report of a month, of one workspace or all; its docstring is the help.

    What it `said` is printed, or JSON; the lines of its `cells` go into files where they are wanted. It ends with 1
    where there is no report, or where a sum of it is not what it is held against.
    """

    def command_of(read: Callable[[Billing, str, str | None], R]) -> Callable[..., None]:
        def command(
            month: Month,
            workspace_id: WorkspaceId = None,
            as_json: AsJson = False,
            csv_file: AsCsv = None,
            xlsx_file: AsXlsx = None,
            language: Language = "en",
        ) -> None:
            t = translator(language)
            with desk() as billing, refused(t, "There is no report: {fault}."):
                found = read(billing, month, workspace_id)
            say_one(found, said, t, as_json=as_json)
            end(found, cells(found, t), csv_file, xlsx_file, t)

        command.__name__, command.__doc__ = read.__name__, read.__doc__
        return command

    return command_of


def end(
    found: Report, cells: Iterable[Cells], csv_file: Path | None, xlsx_file: Path | None, t: Translator
) -> None:
    """Writes the files that are wanted, and ends the command: with 1 where a sum is not what it is held against."""
    _write(_as_table(found, cells), csv_file, xlsx_file, t)
    raise typer.Exit(0 if all(total.is_equal for total in found.totals) else 1)


def _write(lines: Table, csv_file: Path | None, xlsx_file: Path | None, t: Translator) -> None:
    from billing.adapters.archives import as_csv, as_workbook

    if csv_file:
        write(csv_file, as_csv(lines), t)
        typer.echo(t("{path} holds the same lines as CSV.", path=csv_file), err=True)
    if xlsx_file:
        write(xlsx_file, as_workbook([lines]), t)
        typer.echo(t("{path} holds the same lines as a workbook.", path=xlsx_file), err=True)


def _as_table(found: Report, cells: Iterable[Cells]) -> Table:
    from billing.adapters.archives import Table

    headings, *lines = cells
    return Table(str(found.scope.span), tuple(map(str, headings)), lines)


def scope_in_words(scope: Scope, t: Translator) -> str:
    """What the report is of: its span, last day, time zone, whose."""
    whose = scope.workspace_id or t("all workspaces")
    return t(
        "{month} up to {day} ({zone}), {whose}",
        month=t.span(scope.span),
        day=scope.last_day,
        zone=scope.time_zone,
        whose=whose,
    )


def table(rows: Sequence[Cells]) -> str:
    """Columns of one width each, amounts and counts to the right."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    to_the_right = [isinstance(cell, Decimal) for cell in rows[-1]]
    return "\n".join(_line(row, widths, to_the_right) for row in rows)


def _line(row: Cells, widths: Sequence[int], to_the_right: Sequence[bool]) -> str:
    cells = zip(map(str, row), widths, to_the_right, strict=True)
    return "  ".join(
        cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells
    ).rstrip()
