"""The billing desk that a command of the operator works at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import click
import typer

from billing.i18n import Translator, language_of, language_of_environment
from billing.values.errors import Refusal, Unfit
from billing.values.refusals import OnHold
from billing.work import Billing

Language = Annotated[
    str,
    typer.Option(
        envvar=["LC_ALL", "LC_MESSAGES", "LANG"], show_envvar=False, help="Of what is said: en or it"
    ),
]


@contextmanager
def desk(*, migrated: bool = True) -> Iterator[Billing]:
    """The billing desk of the settings; what it refuses is said, and ends the command with 1.

    Its tables must be those of this version, unless `migrated` says that they need not be.
    """
    from billing import logs  # these come after --help, which needs none of them
    from billing.bootstrap import database_fault, make_billing
    from billing.services import copies
    from billing.settings import BillingSettings, faults_in

    logs.configure()
    t = translator(_language())
    if faults := faults_in(BillingSettings):
        typer.echo("\n".join(map(t.fault, faults)), err=True)
        raise typer.Exit(1)
    billing = make_billing(BillingSettings())
    try:
        if fault := database_fault(billing, migrated=migrated):
            typer.echo(t.fault(fault), err=True)
            raise typer.Exit(1)
        if migrated:
            copies.held_why(billing)  # what the command would do is refused then
        yield billing
    except OnHold:
        typer.echo("Nothing was done: these books are on hold. python -m billing resume says more.", err=True)
        raise typer.Exit(1) from None
    except Refusal as refusal:
        about = ", ".join(f"{name} {value}" for name, value in vars(refusal).items())
        typer.echo(f"Nothing was changed: {type(refusal).__name__}{f' ({about})' if about else ''}", err=True)
        raise typer.Exit(1) from None
    finally:
        billing.engine.dispose()


@contextmanager
def refused(t: Translator, sentence: str) -> Iterator[None]:
    """Says what cannot be used in that sentence, with its {fault}, and ends the command with 1."""
    try:
        yield
    except Unfit as fault:
        typer.echo(t(sentence, fault=t.fault(fault)), err=True)
        raise typer.Exit(1) from None


def _language() -> str:
    """That of the command that runs, where it has one; else that of who called it."""
    context = click.get_current_context(silent=True)
    asked = context.params.get("language") if context else None
    return asked or language_of_environment(os.environ)


def translator(language: str) -> Translator:
    """What a command says in that language, `en` or `it`."""
    from billing.bootstrap import LOCALES  # heavy; --help needs none of it

    return Translator(LOCALES, language_of(language))
