"""E-invoices: python -m billing einvoices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.einvoices import EInvoiceSnapshot

program = typer.Typer(no_args_is_help=True)
COLUMNS = ("file", "number", "date", "edition", "sha256")
# A line of progress for every so many files.
PROGRESS = 1_000
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of issue, as 2026-11-27")]


@program.command("list")
def list_einvoices(
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of issue; without it what was not exported yet"),
    ] = None,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """List the e-invoices of a day, or all that were not exported yet."""
    from billing.services import einvoices

    t = translator(language)
    with desk() as billing:
        found = einvoices.listed(billing, day.date() if day else None)
    say_all(
        found, _line, t("No e-invoice waits.") if day is None else t("That day has none."), t, as_json=as_json
    )


@program.command()
def show(
    number: Annotated[str, typer.Argument(help="The document: 2026-000123")], language: Language = "en"
) -> None:
    """Print the e-invoice of a document, as it is sent."""
    from billing.services import einvoices

    with desk() as billing, refused(translator(language), "There is nothing to show: {fault}."):
        _, content = einvoices.find(billing, number)
    typer.echo(content.decode())


@program.command()
def export(
    day: Day,
    to: Annotated[Path, typer.Option(help="The folder that the archive is written into")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Write the e-invoices of a day into a ZIP with a list. Again, it writes the same bytes."""
    from billing.adapters.einvoices.archive import write_archive
    from billing.services import einvoices
    from billing.values.faults import unreadable

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was exported: {fault}."):
        found = einvoices.of_day(billing, day.date())
        contents = _with_progress(einvoices.contents(billing, found.day), len(found.files), t)
        try:
            path = write_archive(to, found.day, _rows(found.files), contents)
        except OSError as fault:
            raise unreadable(str(to), fault) from None
        einvoices.mark_exported(billing, found)
    if as_json:
        said = {"archive": str(path), "without": found.without, "files": [asdict(one) for one in found.files]}
        typer.echo(json.dumps(said, default=str, indent=2))
        return
    count = len(found.files)
    typer.echo(t.plural("{path}: {count} e-invoice.", "{path}: {count} e-invoices.", count, path=path))
    if found.without:
        typer.echo(_without(found.without, t))


def _without(count: int, t: Translator) -> str:
    return t.plural(
        "{count} document of that day has none: it was issued with E_INVOICES off, or corrects one that was.",
        "{count} documents of that day have none: they were issued with E_INVOICES off, or correct one that was.",
        count,
    )


def _with_progress(
    files: Iterable[tuple[str, bytes]], count: int, t: Translator
) -> Iterator[tuple[str, bytes]]:
    for done, file in enumerate(files, start=1):
        yield file
        if done % PROGRESS == 0:
            typer.echo(t("{done} of {count} written", done=done, count=count), err=True)


def _rows(files: Iterable[EInvoiceSnapshot]) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for one in files:
        yield one.file_name, one.number, one.issued_on.isoformat(), str(one.edition), one.sha256


def _line(one: EInvoiceSnapshot, t: Translator) -> str:
    state = t("not exported yet")
    if one.exported_at:
        state = t("exported {moment} UTC", moment=f"{one.exported_at:%Y-%m-%d %H:%M}")
    return f"{one.issued_on}  {one.number}  {one.file_name}  {one.workspace_id}  {state}"
