"""The operator's command line: python -m billing --help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from billing.domain.errors import CatalogueInvalid, Refusal
from billing.work import Billing

program = typer.Typer(no_args_is_help=True, help="The operator's side of the billing desk.")
PropertyId = Annotated[str, typer.Argument(help="The property, prop_...")]


def _billing() -> Billing:
    from billing.bootstrap import make_billing  # after --help, which needs none of it
    from billing.settings import BillingSettings

    return make_billing(BillingSettings())


@program.command()
def migrate() -> None:
    """Make the tables, or bring them up to date."""
    from billing.adapters.database import migrate as bring_up_to_date

    billing = _billing()
    bring_up_to_date(billing.engine)
    typer.echo(f"The tables of {billing.engine.url.render_as_string()} are up to date.")


@program.command()
def catalogue(path: Annotated[Path, typer.Argument(help="The catalogue, a TOML file")]) -> None:
    """Bring what is on sale up to the file. Those who have an old price keep it."""
    from billing.services import catalogue as service

    try:
        fresh = service.apply(_billing(), path)
    except CatalogueInvalid as refusal:
        typer.echo(f"Nothing was changed. {path} is not a catalogue: {refusal.why}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"The catalogue is in force: {fresh} new prices.")


@program.command()
def subscribe(
    workspace_id: Annotated[str, typer.Argument(help="The workspace, T...")],
    user_id: Annotated[str, typer.Argument(help="An owner or admin of the property, U...")],
    property_id: PropertyId,
    add_on: Annotated[str, typer.Argument(help="As in the catalogue: remove-branding")],
    plan: Annotated[str, typer.Argument(help="As in the catalogue: standard")],
    interval: Annotated[str, typer.Argument(help="month or year")] = "month",
) -> None:
    """Start a subscription for a property and issue its first invoice. Collecting it is up to you."""
    from billing.domain.actors import Actor
    from billing.domain.cycles import Interval
    from billing.services import subscriptions

    order = subscriptions.Order(property_id, add_on, plan, Interval(interval))
    try:
        started = subscriptions.start(_billing(), Actor(workspace_id, user_id, "operator"), order)
    except Refusal as refusal:
        typer.echo(
            f"Nothing was started: {type(refusal).__name__} {' '.join(map(str, refusal.args))}", err=True
        )
        raise typer.Exit(1) from None
    typer.echo(f"{started.add_on} {started.plan} runs to {started.period_end_at:%Y-%m-%d}: {started.id}")


@program.command("run-due")
def run_due() -> None:
    """Do all that is due now: renew what goes on, end what was cancelled. The bot does it by itself."""
    from billing.services import renewals

    report = renewals.run_due(_billing())
    typer.echo(f"Renewed {report.renewed}, ended {report.ended}, left for the next run {report.left}.")
    raise typer.Exit(1 if report.left else 0)


if __name__ == "__main__":
    program()
