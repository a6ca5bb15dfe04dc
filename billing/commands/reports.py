"""A month in figures that agree with the ledger: python -m billing report journal, ageing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, desk, refused, say_one, translator, write
from billing.i18n import Translator
from billing.values.spans import Span

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing import Billing
    from billing.services.reports import Ageing, AgeingTotal, Journal, JournalTotal, OpenInvoice, Scope

program = typer.Typer(no_args_is_help=True)
Month = Annotated[str, typer.Option(help="The month, as 2026-11, in the seller's time zone")]
WorkspaceId = Annotated[
    str | None, typer.Option("--workspace", help="Of that workspace alone, T...; without it of all")
]
AsCsv = Annotated[Path | None, typer.Option("--csv", help="A file to write the lines into as well, as CSV")]
Report = TypeVar("Report", "Journal", "Ageing")
Cells = tuple[str | date | Decimal, ...]


@program.command()
def journal(
    month: Month,
    workspace_id: WorkspaceId = None,
    as_json: AsJson = False,
    csv_file: AsCsv = None,
    language: Language = "en",
) -> None:
    """Say what was booked in a month, by account: debits and credits, which are equal; exit with 1 if not."""
    from billing.services import reports

    t = translator(language)
    found = _asked(lambda billing: reports.journal(billing, month, workspace_id), t)
    _say(found, _journal, _journal_cells, csv_file, t, as_json=as_json)


@program.command()
def ageing(
    month: Month,
    workspace_id: WorkspaceId = None,
    as_json: AsJson = False,
    csv_file: AsCsv = None,
    language: Language = "en",
) -> None:
    """List the invoices that were open at a month's end, by days past due; exit with 1 if the ledger says else."""
    from billing.services import reports

    t = translator(language)
    found = _asked(lambda billing: reports.ageing(billing, month, workspace_id), t)
    _say(found, _ageing, _invoice_cells, csv_file, t, as_json=as_json)


def _asked(report: Callable[[Billing], Report], t: Translator) -> Report:
    with desk() as billing, refused(t, "There is no report: {fault}."):
        return report(billing)


def _say(
    found: Report,
    said: Callable[[Report, Translator], str],
    cells: Callable[[Report, Translator], list[Cells]],
    csv_file: Path | None,
    t: Translator,
    *,
    as_json: bool,
) -> None:
    """Ends the command: with 1 where a sum is not the ledger's."""
    say_one(found, said, t, as_json=as_json)
    if csv_file:
        _write(csv_file, cells(found, t), t)
    raise typer.Exit(0 if all(total.is_equal for total in found.totals) else 1)


def _journal(found: Journal, t: Translator) -> str:
    title = t("Journal, {scope}", scope=_scope(found.scope, t))
    if not found.lines:
        return f"{title}\n{t('Nothing was booked.')}"
    cells = _journal_cells(found, t)
    for one in found.totals:
        cells.append((one.currency, t("Total"), one.debit, one.credit, one.debit - one.credit))
    return "\n".join((title, _table(cells), *(_balance(one, t) for one in found.totals)))


def _journal_cells(found: Journal, t: Translator) -> list[Cells]:
    headings = (t("Currency"), t("Account"), t("Debit"), t("Credit"), t("Net change"))
    return [
        headings,
        *((one.currency, in_words(one.account, t), one.debit, one.credit, one.net) for one in found.lines),
    ]


def _balance(one: JournalTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: debits and credits are equal.", currency=one.currency)
    return t("{currency}: debits and credits differ. `verify` says where.", currency=one.currency)


def _ageing(found: Ageing, t: Translator) -> str:
    title = t("Open invoices, {scope}", scope=_scope(found.scope, t))
    if not found.totals:
        return f"{title}\n{t('No invoice was open.')}"
    sums: list[Cells] = [(t("Currency"), *found.totals[0].buckets, t("Total"))]
    sums.extend((one.currency, *one.buckets.values(), one.total) for one in found.totals)
    tables = (_table(_invoice_cells(found, t)), t("By days past due:"), _table(sums))
    return "\n".join((title, *tables, *(_comparison(one, t) for one in found.totals)))


def _invoice_cells(found: Ageing, t: Translator) -> list[Cells]:
    days, owed = t("Days past due"), t("Amount due")
    headings = (t("Currency"), t("Invoice"), t("Issued on"), days, t("Workspace"), t("Property"), owed)
    return [headings, *map(_invoice, found.invoices)]


def _invoice(one: OpenInvoice) -> Cells:
    issued = (one.currency, one.number, one.issued_on, Decimal(one.days))
    return (*issued, one.workspace_id, one.property_name, one.owed)


def _comparison(one: AgeingTotal, t: Translator) -> str:
    if one.is_equal:
        return t("{currency}: this is what the ledger has as receivable.", currency=one.currency)
    return t(
        "{currency}: the ledger has {amount} as receivable. `verify` says where they differ.",
        currency=one.currency,
        amount=one.ledger,
    )


def _scope(scope: Scope, t: Translator) -> str:
    whose = scope.workspace_id or t("all workspaces")
    return t(
        "{month} up to {day} ({zone}), {whose}",
        month=t.span(Span.read(scope.month)),
        day=scope.last_day,
        zone=scope.time_zone,
        whose=whose,
    )


def _table(rows: Sequence[Cells]) -> str:
    """Columns of one width each, amounts and counts to the right."""
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    to_the_right = [isinstance(cell, Decimal) for cell in rows[-1]]
    return "\n".join(_line(row, widths, to_the_right) for row in rows)


def _line(row: Cells, widths: Sequence[int], to_the_right: Sequence[bool]) -> str:
    cells = zip(map(str, row), widths, to_the_right, strict=True)
    return "  ".join(
        cell.rjust(width) if right else cell.ljust(width) for cell, width, right in cells
    ).rstrip()


def _write(target: Path, rows: Iterable[Cells], t: Translator) -> None:
    from billing.adapters.archives import Table, as_csv

    headings, *lines = rows
    write(target, as_csv(Table(target.stem, tuple(map(str, headings)), lines)), t)
    typer.echo(t("{path} holds the same lines as CSV.", path=target), err=True)
