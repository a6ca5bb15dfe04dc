"""The books in a file, and back: python -m billing backup, restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from billing.commands.desk import Language, desk, refused, translator


def backup(
    path: Annotated[Path, typer.Argument(help="The file to write; its manifest is put beside it")],
    language: Language = "en",
) -> None:
    """Write the books as they are now into a file, while everything goes on."""
    from billing.adapters import backups
    from billing.services import seals

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was backed up: {fault}."):
        head = seals.newest_head(billing) if billing.held.is_set() else seals.head(billing)
        made = backups.back_up(billing.engine, path, billing.clock(), head)
    typer.echo(t("{path} holds the books at revision {revision}.", path=path, revision=made.revision))
    if made.head:
        typer.echo(t("Keep the head of the chain elsewhere too: {head}", head=made.head))


def restore(
    path: Annotated[Path, typer.Argument(help="The file that `backup` wrote, with its manifest beside it")],
    language: Language = "en",
) -> None:
    """Fill an empty database from a backup. The books are on hold then, until `resume`."""
    from billing.adapters import backups, database
    from billing.services import copies
    from billing.values.holds import HoldReason

    t = translator(language)
    with desk(migrated=False) as billing, refused(t, "Nothing was restored: {fault}."):
        manifest = backups.read_manifest(billing.engine, path)
        backups.restore(billing.engine, path)
        database.migrate(billing.engine, finish=True)  # nothing older works on a database that was empty
        made_at = f"{datetime.fromisoformat(manifest.made_at):%Y-%m-%d %H:%M} UTC"
        copies.hold(billing, made_at, HoldReason.RESTORED)
        where = billing.engine.url.render_as_string()
    typer.echo(t("{where} has the books of {moment}.", where=where, moment=made_at))
    verify = f"verify --against {manifest.head}" if manifest.head else "verify"
    typer.echo(t("They are on hold: run {verify}, then resume.", verify=verify))
