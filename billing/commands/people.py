"""What the law gives a person: python -m billing people."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from billing.commands.desk import AsJson, Language, confirmed, desk, translator

program = typer.Typer(no_args_is_help=True)
WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]
UserId = Annotated[str, typer.Argument(help="The person, U...")]


@program.command()
def export(workspace_id: WorkspaceId, user_id: UserId, language: Language = "en") -> None:  # noqa: ARG001  # refusals are said in it
    """Write all that is kept of a person as one JSON document. The audit log keeps that it was asked for."""
    from billing.services import people

    with desk() as billing:
        found = people.export(billing, workspace_id, user_id)
    typer.echo(json.dumps(found, default=str, indent=2, ensure_ascii=False))


@program.command()
def erase(
    workspace_id: WorkspaceId,
    user_id: UserId,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before erasing")] = False,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Erase a person's name and mail address. Invoices and the audit log stay; it can't be undone."""
    from billing.services import people

    t = translator(language)
    if not yes:
        question = t("Erase the name and mail address of {user}? This can't be undone.", user=user_id)
        confirmed(question, t, err=as_json)
    with desk() as billing:
        people.erase(billing, workspace_id, user_id)
    if as_json:
        typer.echo(json.dumps({"erased": user_id}))
    else:
        typer.echo(
            t(
                "The name and mail address of {user} are erased; invoices and the audit log stay.",
                user=user_id,
            )
        )
