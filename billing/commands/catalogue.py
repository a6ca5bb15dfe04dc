"""What is sold: python -m billing catalogue."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, confirmed, desk, translator
from billing.commands.records import show_catalogue


def catalogue(
    what: Annotated[str, typer.Argument(help="The catalogue, a TOML file; or: show", metavar="FILE|show")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before applying it")] = False,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Show what the file changes in the catalogue, and apply it; or, with `show`, what is on sale now.

    Subscriptions keep the price they have. A file that is called show is written ./show.
    """
    from billing.services import catalogue as service

    if what == "show":
        show_catalogue(language, as_json=as_json)
        return
    t, path = translator(language), Path(what)
    with desk() as billing:
        changes = service.preview(billing, path)
        for change in changes:
            before, after = change.before or t("not there"), change.after or t("no longer sold")
            typer.echo(f"{change.what}: {before} -> {after}", err=as_json)
        if changes and not yes:
            confirmed(t("Put this in force?"), t, err=as_json)
        service.apply(billing, path)
    if as_json:
        typer.echo(json.dumps([asdict(change) for change in changes], indent=2))
    else:
        typer.echo(
            t.plural(
                "Catalogue applied: {count} change.", "Catalogue applied: {count} changes.", len(changes)
            )
        )
