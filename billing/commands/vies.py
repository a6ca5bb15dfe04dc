"""VAT numbers and VIES: python -m billing vies."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.values.vies import VatNumberSnapshot

program = typer.Typer(no_args_is_help=True)


@program.command("list")
def list_numbers(as_json: AsJson = False, language: Language = "en") -> None:
    """List the VAT numbers that a reverse charge stands on, what VIES said of each, and when it is asked again."""
    from billing.services import vies

    t = translator(language)
    with desk() as billing:
        found = vies.listed(billing)
    say_all(found, _line, t("No reverse charge stands on a VAT number."), t, as_json=as_json)


@program.command()
def check(
    number: Annotated[str, typer.Argument(help="The VAT number with its prefix: DE136695976")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Ask VIES about a VAT number now; exit with 1 where it is not valid or there is no answer."""
    from billing.services import vies
    from billing.values.vies import ViesUnavailable

    t = translator(language)
    with desk() as billing, refused(t, "VIES was not asked: {fault}."):
        try:
            answer, kept = vies.check(billing, number)
        except ViesUnavailable as trouble:
            typer.echo(t("VIES gives no answer: {reason}.", reason=trouble.reason), err=True)
            raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({**asdict(answer), "kept_in": kept}, indent=2))
    else:
        said = (
            t("{number} is valid.", number=answer.number)
            if answer.is_valid
            else t("{number} is not valid.", number=answer.number)
        )
        lines = [said, t("Consultation number: {number}", number=answer.consultation or "-")]
        lines += [line for line in (answer.name, *answer.address.splitlines()) if line]
        lines.append(
            t("The answer is kept.")
            if kept
            else t("Nobody here buys under that number: the answer is not kept.")
        )
        typer.echo("\n".join(lines))
    raise typer.Exit(0 if answer.is_valid else 1)


def _line(one: VatNumberSnapshot, t: Translator) -> str:
    states = {"valid": t("valid"), "invalid": t("not valid"), "unverified": t("not verified yet")}
    said = [one.workspace_id, one.number, states[one.state]]
    if one.asked_at:
        said.append(
            t(
                "asked on {day}, consultation number {number}",
                day=f"{one.asked_at:%Y-%m-%d %H:%M} UTC",
                number=one.consultation or "-",
            )
        )
    if one.name:
        said.append(one.name)
    if one.silent_since:
        since = f"{one.silent_since:%Y-%m-%d %H:%M} UTC"
        said.append(t("no answer since {since} ({reason})", since=since, reason=one.trouble))
    if one.next_at:
        said.append(t("next on {day}", day=f"{one.next_at:%Y-%m-%d %H:%M} UTC"))
    return "  ".join(said)
