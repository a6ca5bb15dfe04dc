"""What could not be done though it is due: python -m billing due."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, say_all, translator
from billing.i18n import Translator
from billing.values.snapshots import FailedDueWork

program = typer.Typer(no_args_is_help=True)


@program.command("list")
def list_failing(as_json: AsJson = False, language: Language = "en") -> None:
    """Say which renewals and ends failed, since when, and when each is tried next. Each is tried on for good."""
    from billing.services import failed_work

    with desk() as billing:
        found = failed_work.failing(billing)
    t = translator(language)
    say_all(found, _line, t("No renewal or end has failed."), t, as_json=as_json)


@program.command()
def release(
    subscription_ids: Annotated[list[str] | None, typer.Argument(help="Which ones, sub_...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed")] = False,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Have what failed tried again at once, when its cause is put right. The next run does it."""
    from billing.services import failed_work

    t, asked = translator(language), subscription_ids or []
    if bool(asked) == everything:
        raise typer.BadParameter(t("Name what is to be released, or say --all."))
    with desk() as billing:
        failing = {one.subscription_id: one for one in failed_work.failing(billing)}
        chosen = list(failing) if everything else [one for one in asked if one in failing]
        released = [one for one in chosen if failed_work.release(billing, failing[one])]
    unknown = [one for one in asked if one not in failing]
    if as_json:
        typer.echo(json.dumps({"released": released, "not_failing": unknown}))
    else:
        for one in unknown:
            typer.echo(t("{id} has not failed: nothing to release.", id=one), err=True)
        typer.echo(t.plural("{count} is due again at once.", "{count} are due again at once.", len(released)))
    raise typer.Exit(1 if unknown else 0)


def _line(one: FailedDueWork, t: Translator) -> str:
    line = t(
        "{due} UTC  {kind}  {what} ({workspace} {id}): failed {count} times, next try {next} UTC",
        due=f"{one.due_at:%Y-%m-%d %H:%M}",
        kind=t("end") if one.cancelled else t("renewal"),
        what=f"{one.property_name}: {one.add_on} {one.plan}",
        workspace=one.workspace_id,
        id=one.subscription_id,
        count=one.failures,
        next=f"{one.next_try_at:%Y-%m-%d %H:%M}",
    )
    if one.quarantined_at is None:
        return line
    return f"{line}; {t('quarantined since {moment} UTC', moment=f'{one.quarantined_at:%Y-%m-%d %H:%M}')}"
