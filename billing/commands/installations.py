"""Who installed the app, and the keys by which their tokens are kept: python -m billing installations."""

from __future__ import annotations

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator
from billing.values.installations import Installation

program = typer.Typer(no_args_is_help=True)


@program.command("list")
def list_installed(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which workspaces and organisations installed the app, and which of them took it out again."""
    from billing.services import installations

    with desk() as billing:
        found = installations.listed(billing)
    t = translator(language)
    say_all(found, _line, t("The app is not installed anywhere yet."), t, as_json=as_json)


@program.command()
def key() -> None:
    """Make a key for ENCRYPTION_KEYS. Put it before the old ones, restart, then run `installations encrypt`."""
    from billing.adapters.ciphers import new_key

    typer.echo(new_key())


@program.command()
def encrypt(language: Language = "en") -> None:
    """Encrypt anew, by the first key, what older keys encrypted: first restart every process with both keys."""
    from billing.services import installations, webhook_endpoints

    t = translator(language)
    with desk() as billing, refused(t, "Not everything is encrypted by the first key now: {fault}."):
        count = installations.encrypt_anew(billing)
        endpoints = webhook_endpoints.encrypt_anew(billing)
    typer.echo(
        t.plural(
            "The tokens of {count} installation are encrypted by the first key now.",
            "The tokens of {count} installations are encrypted by the first key now.",
            count,
        )
    )
    if endpoints:
        typer.echo(
            t.plural(
                "The secret of {count} endpoint is encrypted by the first key now.",
                "The secrets of {count} endpoints are encrypted by the first key now.",
                endpoints,
            )
        )


def _line(one: Installation, t: Translator) -> str:
    what = t("workspace") if one.workspace_id else t("organisation")
    state = t("asleep since it was uninstalled") if one.is_asleep else t("at work")
    return f"{one.account_id}  {what}  {one.name}: {state}"
