"""Years of facts in tables of their own, on PostgreSQL: python -m billing partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, say_one, translator
from billing.i18n import Translator

if TYPE_CHECKING:
    from billing.adapters.partitions import Partition

program = typer.Typer(no_args_is_help=True)
Year = Annotated[int, typer.Argument(help="The year, as in the partition's name")]
NOT_DONE = "Nothing was changed: {fault}."


@program.command("list")
def list_partitions(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which partitions there are, how large each is, and which were put aside."""
    from billing.adapters import partitions

    with desk() as billing:
        found = partitions.partitions(billing.engine)
    t = translator(language)
    say_all(found, _line, t("The facts are in one table."), t, as_json=as_json)


@program.command()
def begin(as_json: AsJson = False, language: Language = "en") -> None:
    """Make the table of facts the first partition, while everything goes on. The worker makes the next ones."""
    from billing.adapters import partitions

    t = translator(language)
    with desk() as billing, refused(t, NOT_DONE):
        partitions.divide(billing, billing.clock())
        found = partitions.partitions(billing.engine)
    say_all(found, _line, "", t, as_json=as_json)


@program.command()
def detach(
    year: Year,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be")] = False,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Put the oldest year aside: its table stays in the database, and is read no more. Keep it ten years."""
    from billing.adapters import partitions

    t = translator(language)
    with desk() as billing, refused(t, NOT_DONE):
        found = partitions.to_detach(billing.engine, year, billing.clock())
        if not dry_run:
            partitions.detach(billing, year, billing.clock())
    if dry_run:
        say_one(found, _would_go, t, as_json=as_json)
    else:
        say_one(found, _went, t, as_json=as_json)


@program.command()
def attach(year: Year, as_json: AsJson = False, language: Language = "en") -> None:
    """Take a year back that was put aside."""
    from billing.adapters import partitions

    t = translator(language)
    with desk() as billing, refused(t, NOT_DONE):
        found = partitions.attach(billing, year)
    say_one(found, _came_back, t, as_json=as_json)


def _line(one: Partition, t: Translator) -> str:
    line = f"{one.name}  {one.bytes / 1_000_000:.1f} MB"
    return line if one.attached else f"{line}  {t('put aside')}"


def _would_go(one: Partition, t: Translator) -> str:
    return t("{table} would be put aside. Nothing was changed.", table=_line(one, t))


def _went(one: Partition, t: Translator) -> str:
    return t("{name} is put aside: it stays in the database under that name.", name=one.name)


def _came_back(one: Partition, t: Translator) -> str:
    return t("{name} is read as facts again.", name=one.name)
