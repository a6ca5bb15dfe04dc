"""Keys of the API, for the seller's own product: python -m billing keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator
from billing.values.snapshots.api_keys import ApiKeySnapshot

program = typer.Typer(no_args_is_help=True)


@program.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for")],
    scopes: Annotated[str, typer.Option(help="What it may do: read, or read,write")] = "read",
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day from which on it opens nothing, UTC"),
    ] = None,
    language: Language = "en",
) -> None:
    """Make a key and show it, once: only its hash is kept."""
    from billing.services import api_keys

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was changed: {fault}."):
        wanted = tuple(word.strip() for word in scopes.split(","))
        _, secret = api_keys.create(billing, name, wanted, expires and expires.replace(tzinfo=UTC))
    typer.echo(secret)
    typer.echo(t("Keep it now: it is not shown again."), err=True)


@program.command("list")
def list_keys(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which keys there are, what they may do, and when they were used last."""
    from billing.services import api_keys

    with desk() as billing:
        found = api_keys.listed(billing)
    t = translator(language)
    say_all(found, _line, t("There are no keys."), t, as_json=as_json)


@program.command()
def revoke(
    prefix: Annotated[str, typer.Argument(help="What the key begins with, as `keys list` shows it")],
    language: Language = "en",
) -> None:
    """Let a key open nothing any more. What knows it already may ask on for five seconds."""
    from billing.services import api_keys

    with desk() as billing:
        revoked = api_keys.revoke(billing, prefix)
    typer.echo(translator(language)("{name} is revoked.", name=revoked.name))


def _line(one: ApiKeySnapshot, t: Translator) -> str:
    if one.revoked_at:
        state = t("revoked {moment}", moment=f"{one.revoked_at:%Y-%m-%d}")
    elif one.last_used_at:
        state = t("last used {moment}", moment=f"{one.last_used_at:%Y-%m-%d %H:%M} UTC")
    else:
        state = t("never used")
    ends = t(", expires {moment}", moment=f"{one.expires_at:%Y-%m-%d}") if one.expires_at else ""
    return f"{one.prefix}...  {one.name}  {','.join(one.scopes)}: {state}{ends}"
