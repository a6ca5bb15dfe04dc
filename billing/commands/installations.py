"""Who installed the app, and the keys by which their tokens are kept: python -m billing installations."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from billing.commands.desk import Language, desk, translator
from billing.i18n import Translator
from billing.values.installations import Installation

program = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For scripts: one JSON document")]


@program.command("list")
def list_installed(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which workspaces and organisations installed the app, and which of them took it out again."""
    from billing.services import installations

    with desk() as billing:
        found = installations.listed(billing)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    t = translator(language)
    for one in found:
        typer.echo(_line(one, t))
    if not found:
        typer.echo(t("The app is not installed anywhere yet."))


@program.command()
def key() -> None:
    """Make a key for ENCRYPTION_KEYS. Put a new one before the old ones, then run `installations encrypt`."""
    from billing.adapters.ciphers import new_key

    typer.echo(new_key())


@program.command()
def encrypt(language: Language = "en") -> None:
    """Encrypt anew, by the first key, what older keys encrypted. After that the older keys can be taken out."""
    from billing.ports import CipherFault
    from billing.services import installations

    t = translator(language)
    with desk() as billing:
        try:
            count = installations.encrypt_anew(billing)
        except CipherFault as fault:
            typer.echo(t("Nothing was changed: {fault}.", fault=fault), err=True)
            raise typer.Exit(1) from None
    typer.echo(
        t.plural(
            "The tokens of {count} installation are encrypted by the first key now.",
            "The tokens of {count} installations are encrypted by the first key now.",
            count,
        )
    )


def _line(one: Installation, t: Translator) -> str:
    what = t("workspace") if one.workspace_id else t("organisation")
    state = t("asleep since it was uninstalled") if one.is_asleep else t("at work")
    return f"{one.account_id}  {what}  {one.name}: {state}"
