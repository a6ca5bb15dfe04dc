"""The billing desk that a command of the operator works at."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from billing.i18n import Translator, language_of, language_of_environment
from billing.values.errors import Refusal, Unfit
from billing.work import Billing

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# In which language the command that runs says things: its own option's, or else that of who called it.
_language: ContextVar[str] = ContextVar("language", default="en")


def _remember(language: str) -> str:
    _language.set(language)
    return language


def begin() -> None:
    """Before any command: who does not say a language is answered in that of the environment."""
    _remember(language_of_environment(os.environ))


Language = Annotated[
    str,
    typer.Option(
        envvar=["LC_ALL", "LC_MESSAGES", "LANG"],
        show_envvar=False,
        callback=_remember,
        help="Of what is said: en or it",
    ),
]


YES = frozenset({"y", "yes", "s", "si", "sì"})
AsJson = Annotated[bool, typer.Option("--json", help="For scripts: one JSON document")]
Row = TypeVar("Row", bound="DataclassInstance")


def say_all(
    found: Sequence[Row], line: Callable[[Row, Translator], str], none: str, t: Translator, *, as_json: bool
) -> None:
    """A line each, or what is said where there is none; for scripts one JSON document."""
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        typer.echo(line(one, t))
    if not found:
        typer.echo(none)


def cut(found: Sequence[Row], limit: int, t: Translator) -> Sequence[Row]:
    """So many of them. That there are more is said beside the list, which a script may read."""
    if len(found) > limit:
        more = t.plural(
            "Only {count} is listed: there are more.", "Only {count} are listed: there are more.", limit
        )
        typer.echo(more, err=True)
    return found[:limit]


def say_one(found: Row, said: Callable[[Row, Translator], str], t: Translator, *, as_json: bool) -> None:
    """What is said of it; for scripts one JSON document."""
    typer.echo(json.dumps(asdict(found), default=str, indent=2) if as_json else said(found, t))


def write(target: Path, content: bytes, t: Translator) -> None:
    """The file, or why there is none, and the end of the command with 1."""
    from billing.values.faults import unreadable

    try:
        target.write_bytes(content)
    except OSError as fault:
        typer.echo(t("Nothing was written: {fault}.", fault=t.fault(unreadable(target, fault))), err=True)
        raise typer.Exit(1) from None


@contextmanager
def desk(*, migrated: bool = True, silence_seconds: float | None = None) -> Iterator[Billing]:
    """The billing desk of the settings; what it refuses is said, and ends the command with 1.

    Its tables must be those of this version; where `migrated` says that they need not be, not newer ones.
    """
    from billing import logs  # these come after --help, which needs none of them
    from billing.bootstrap import database_fault, make_billing
    from billing.services import copies
    from billing.settings import BillingSettings, faults_in

    logs.configure()
    t = translator(_language.get())
    if faults := faults_in(BillingSettings):
        typer.echo("\n".join(map(t.fault, faults)), err=True)
        raise typer.Exit(1)
    billing = make_billing(BillingSettings(), silence_seconds=silence_seconds)
    try:
        if fault := database_fault(billing, migrated=migrated):
            typer.echo(t.fault(fault), err=True)
            raise typer.Exit(1)
        if migrated:
            copies.held_why(billing)  # what the command would do is refused then
        yield billing
    except Refusal as refusal:
        from billing.commands.refusals import sentence_of_command

        typer.echo(t("Nothing was changed. {why}", why=sentence_of_command(refusal, t)), err=True)
        raise typer.Exit(1) from None
    finally:
        billing.engine.dispose()


def show_progress(done: int, of: int) -> None:
    """On one line of a terminal that is drawn over, and in no file or pipe."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done}/{of}" if done < of else "\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def refused(t: Translator, sentence: str) -> Iterator[None]:
    """Says what cannot be used in that sentence, with its {fault}, and ends the command with 1."""
    try:
        yield
    except Unfit as fault:
        typer.echo(t(sentence, fault=t.fault(fault)), err=True)
        raise typer.Exit(1) from None


def confirmed(question: str, t: Translator, *, err: bool = False) -> None:
    """Goes on where that is answered with yes, in either language; all else, and nobody, ends the command with 1."""
    try:
        answer = typer.prompt(f"{question} [{t('y/N')}]", default="", show_default=False, err=err)
    except typer.Abort:
        answer = ""
        typer.echo(err=True)
    if answer.strip().casefold() not in YES:
        typer.echo(t("Nothing was changed."), err=True)
        raise typer.Exit(1)


def translator(language: str) -> Translator:
    """What a command says in that language, `en` or `it`."""
    from billing.bootstrap import LOCALES  # heavy; --help needs none of it

    return Translator(LOCALES, language_of(language))
