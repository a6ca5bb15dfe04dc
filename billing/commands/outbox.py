"""What could not be told: python -m billing outbox."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, say_all, translator
from billing.commands.outbox_words import error_in_words, place_in_words, what_in_words
from billing.i18n import Translator
from billing.values.outbox import FailedMessage

program = typer.Typer(no_args_is_help=True)
# No database counts further.
MAX_NUMBER = 2**63 - 1
Number = Annotated[
    int, typer.Argument(min=1, max=MAX_NUMBER, help="The message's number, as `outbox list` shows it")
]


@program.command("list")
def list_failed(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which messages failed and why, when each is tried next, and which are dead letters."""
    from billing.services import failed_messages

    with desk() as billing:
        found = failed_messages.failed(billing)
    t = translator(language)
    say_all(found, _line, t("No message has failed."), t, as_json=as_json)


@program.command()
def show(number: Number, as_json: AsJson = False, language: Language = "en") -> None:
    """Say all that is known of one failed message, but for what people typed into it."""
    from billing.services import failed_messages

    t = translator(language)
    with desk() as billing:
        found = next((one for one in failed_messages.failed(billing) if one.number == number), None)
    if found is None:
        _unknown(number, t)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(asdict(found), default=str, indent=2))
        return
    typer.echo(_line(found, t))
    typer.echo(
        t("Written {moment} UTC. Tries: {count}.", moment=_moment(found.written_at), count=found.tries)
    )
    typer.echo(t("Last error, as it was reported: {error}", error=found.error or "-"))


@program.command()
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(min=1, max=MAX_NUMBER, help="Which ones, by their numbers")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed")] = False,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Send what failed again at once, when its cause is put right; it is tried for three days more."""
    from billing.services import failed_messages

    t, asked = translator(language), numbers or []
    if bool(asked) == everything:
        raise typer.BadParameter(t("Name the messages by their numbers, or say --all."))
    with desk() as billing:
        chosen = [one.number for one in failed_messages.failed(billing)] if everything else asked
        retried = [number for number in chosen if failed_messages.retry(billing, number)]
    unknown = [number for number in asked if number not in retried]
    if as_json:
        typer.echo(json.dumps({"retried": retried, "not_failed": unknown}))
    else:
        for number in unknown:
            _unknown(number, t)
        typer.echo(
            t.plural("{count} message is sent again.", "{count} messages are sent again.", len(retried))
        )
    raise typer.Exit(1 if unknown else 0)


@program.command()
def drop(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why nobody needs it; the audit log keeps it")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Give a failed message up for good."""
    from billing.services import failed_messages

    t = translator(language)
    if not reason.strip():
        raise typer.BadParameter(t("Say why nobody needs it."))
    with desk() as billing:
        is_dropped = failed_messages.drop(billing, number, reason.strip())
    if as_json:
        typer.echo(json.dumps({"dropped": [number] if is_dropped else []}))
    elif is_dropped:
        typer.echo(t("Message {number} is dropped.", number=number))
    else:
        _unknown(number, t)
    raise typer.Exit(0 if is_dropped else 1)


def _unknown(number: int, t: Translator) -> None:
    typer.echo(t("No failed message has the number {number}.", number=number), err=True)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _line(one: FailedMessage, t: Translator) -> str:
    said = {
        "number": one.number,
        "what": what_in_words(one.kind, t),
        "about": f": {one.about}" if one.about else "",
        "place": place_in_words(one, t),
        "why": error_in_words(one.error, t),
    }
    if one.given_up_at is not None:
        return t(
            "{number}  {what}{about} -> {place}: {why}; dead letter since {moment} UTC",
            moment=_moment(one.given_up_at),
            **said,
        )
    return t(
        "{number}  {what}{about} -> {place}: {why}; next try {moment} UTC",
        moment=_moment(one.due_at),
        **said,
    )
