"""What came back about e-invoices and was set aside: python -m billing einvoices mails, drop-mail."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, say_all, translator, write

To = Annotated[Path | None, typer.Option(help="The folder that they are written into, to be looked at")]
Digest = Annotated[str, typer.Argument(help="The mail, by the signs that `einvoices mails` has for it")]


def mails(to: To = None, as_json: AsJson = False, language: Language = "en") -> None:
    """List what came back and was set aside, and why; with --to write it as files, to be looked at."""
    from billing.commands.einvoice_words import mail_of
    from billing.services import sdi_mails

    t = translator(language)
    with desk() as billing:
        found = sdi_mails.set_aside(billing)
    for one in found if to else ():
        if to and one.content is not None:
            ending = "json" if one.content.startswith(b"{") else "eml"
            write(to / f"{one.digest[:12]}.{ending}", one.content, t)
    if as_json:
        rows = [asdict(one) | {"content": None} for one in found]
        typer.echo(json.dumps(rows, default=str, indent=2))
    else:
        say_all(found, mail_of, t("No message was set aside."), t, as_json=False)


def drop_mail(
    digest: Digest,
    reason: Annotated[str, typer.Option(help="Why nobody need look at it; the audit log keeps it")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Take a mail off the list of those to be looked at. It is kept, and is not handled again."""
    from billing.services import sdi_mails

    t = translator(language)
    if not reason.strip():
        raise typer.BadParameter(t("Say why nobody need look at it."))
    with desk() as billing:
        dropped = sdi_mails.drop(billing, digest, reason.strip())
    if as_json:
        typer.echo(json.dumps({"dropped": [dropped] if dropped else []}))
    elif dropped:
        typer.echo(t("Message {number} is dropped.", number=dropped[:12]))
    else:
        typer.echo(
            t("No message begins with {digest} alone: einvoices mails lists them.", digest=digest), err=True
        )
    raise typer.Exit(0 if dropped else 1)
