"""The operator's command line: python -m billing --help."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from billing.commands import backups, copies, due, installations, money, outbox, undecided
from billing.commands.desk import Language, begin, desk, refused, translator
from billing.values.actors import Actor, Role
from billing.values.cycles import Interval
from billing.values.errors import Unfit

program = typer.Typer(no_args_is_help=True, help="The operator's side of the billing desk.")
properties_program = typer.Typer(no_args_is_help=True)
program.add_typer(properties_program, name="properties", help="Manage properties as one of their owners.")
program.callback()(begin)
program.add_typer(undecided.payments, name="payments", help="Payments that are not decided yet.")
program.add_typer(undecided.events, name="events", help="Events of the gateway that wait.")
program.command()(backups.backup)
program.command()(backups.restore)
program.command()(copies.hold)
program.command()(copies.resume)
program.command()(money.refund)
program.command()(money.reconcile)
program.command()(money.credit)
program.add_typer(installations.program, name="installations", help="Workspaces that installed the app.")
program.add_typer(due.program, name="due", help="Renewals and ends that failed and are tried again.")
program.add_typer(outbox.program, name="outbox", help="Messages that failed, and dead letters.")
WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]
UserId = Annotated[str, typer.Argument(help="Who acts: an owner or admin of the property, U...")]
PropertyId = Annotated[str, typer.Argument(help="The property, prop_...")]


@program.command()
def check(language: Language = "en") -> None:
    """Try the settings, the database, catalogue, clock, gateway and mail server; exit with 1 if one is wrong."""
    from billing.bootstrap import faults_of_desk
    from billing.settings import BillingSettings

    t = translator(language)
    with desk() as billing:
        faults = faults_of_desk(BillingSettings(), billing)
        where = billing.engine.url.render_as_string()
    for fault in faults:
        typer.echo(t.fault(fault))
    if faults:
        raise typer.Exit(1)
    typer.echo(t("OK: settings, tables of {where}, catalogue, clock, gateway, mail server.", where=where))


@program.command()
def migrate(language: Language = "en") -> None:
    """Make the tables, or bring them up to date."""
    from billing.adapters.database import migrate as bring_up_to_date

    with desk(migrated=False) as billing:
        where, t = billing.engine.url.render_as_string(), translator(language)
        try:
            bring_up_to_date(billing.engine)
        except Unfit as fault:
            typer.echo(t.fault(fault), err=True)
            raise typer.Exit(1) from None
        typer.echo(t("The tables of {where} are up to date.", where=where))


@program.command()
def catalogue(
    path: Annotated[Path, typer.Argument(help="The catalogue, a TOML file")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before applying it")] = False,
) -> None:
    """Show what the file changes in the catalogue, and apply it. Subscriptions keep the price they have."""
    from billing.services import catalogue as service

    with desk() as billing:
        changes = service.preview(billing, path)
        for change in changes:
            typer.echo(f"{change.what}: {change.before or 'not there'} -> {change.after or 'no longer sold'}")
        if changes and not yes:
            typer.confirm("Put this in force?", abort=True)
        service.apply(billing, path)
        typer.echo(f"Catalogue applied: {len(changes)} changes.")


@program.command()
def member(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    person: Annotated[
        str, typer.Argument(help="Whose role it is, U...; they must have opened the app before")
    ],
    role: Role,
) -> None:
    """Give a person a role in a property, in the name of one of its owners."""
    from billing.services import members

    with desk() as billing:
        members.set_role(billing, Actor(workspace_id, user_id, "operator"), property_id, person, role)
        typer.echo(f"{person} is now {role}.")


@program.command()
def announce(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    channel: Annotated[str, typer.Argument(help="The channel, C...; the app must be in it")],
    language: Language = "en",
) -> None:
    """Choose the property's billing channel."""
    from billing.services import properties

    with refused(translator(language), "Nothing was changed: {fault}."):
        if not re.fullmatch("[CG][A-Z0-9]+", channel):
            raise Unfit(
                "{written} is not a channel ID like C0123456789 (in Slack: the channel's name, About)",
                written=repr(channel),
            )
    with desk() as billing:
        properties.announce_in(billing, Actor(workspace_id, user_id, "operator"), property_id, channel)
        typer.echo(f"Announcements now go to {channel}.")


@properties_program.command("delete")
def delete_property(
    workspace_id: WorkspaceId,
    user_id: Annotated[str, typer.Argument(help="Who acts: an owner of the property, U...")],
    property_id: PropertyId,
    give_up_credit: Annotated[
        bool, typer.Option("--give-up-credit", help="Its owner gives up its credit balance")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before deleting")] = False,
) -> None:
    """Delete a property in which nothing is active or to be paid. Its invoices are kept; this can't be undone."""
    from billing.services import properties

    with desk() as billing:
        actor = Actor(workspace_id, user_id, "operator")
        found = properties.preview_delete(billing, actor, property_id)
        for one in found.in_use:
            typer.echo(f"{one.add_on} {one.plan} ({one.id}): {one.status}", err=True)
        name, credit = found.property.name, f"{found.credit.decimal} {found.credit.currency}"
        given_up = found.credit if give_up_credit else None
        if not (yes or found.in_use):
            also = f" and give up its credit of {credit}" if given_up and given_up.minor else ""
            typer.confirm(f"Delete {name} for everybody{also}?", abort=True)
        properties.delete(billing, actor, property_id, given_up=given_up)
        typer.echo(f"{name} is deleted; its invoices are kept.")


@program.command()
def subscribe(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    add_on: Annotated[str, typer.Argument(help="As in the catalogue: remove-branding")],
    plan: Annotated[str, typer.Argument(help="As in the catalogue: standard")],
    interval: Annotated[Interval, typer.Argument()] = Interval.MONTH,
    card: Annotated[str | None, typer.Option(help="The saved card that pays, pm_...")] = None,
) -> None:
    """Buy a subscription for a property, with its saved card."""
    from billing.services import plans, purchases

    with desk() as billing:
        actor = Actor(workspace_id, user_id, "operator")
        receipts_to = plans.on_sale(billing, actor, property_id).own_address
        order = purchases.Order(
            property_id, add_on, plan, interval, payment_method_id=card, receipts_to=receipts_to
        )
        bought = purchases.purchase(
            billing, actor, order, key=f"operator {add_on} {plan} {interval}"
        ).subscription
        typer.echo(
            f"{bought.add_on} {bought.plan} is active until {bought.period_end_at:%Y-%m-%d}: {bought.id}"
        )


@program.command("run-due")
def run_due() -> None:
    """Do everything due now: renew subscriptions, end cancelled ones. The bot does it by itself."""
    from billing.ports import GatewayUnavailable
    from billing.services import copies, due_work

    with desk() as billing:
        try:
            copies.prove(billing)
        except GatewayUnavailable:
            typer.echo("The gateway isn't responding. Nothing was done. Try again later.", err=True)
            raise typer.Exit(1) from None
        copies.refuse_if_held(billing)
        report = due_work.run_due(billing)
    typer.echo(
        f"Renewed {report.renewed}, ended {report.ended}, payments tried {report.collected}, "
        f"left for the next run {report.left}."
    )
    raise typer.Exit(1 if report.left else 0)


@program.command()
def agenda(
    workspace_id: WorkspaceId,
    limit: Annotated[int, typer.Option(min=1, help="At most this many entries")] = 20,
) -> None:
    """List upcoming charges, soonest first: renewals, changes, endings, payment retries, and what each will cost."""
    from billing.services import agenda as service

    with desk() as billing:
        entries = service.of_workspace(billing, workspace_id, limit)
    for entry in entries:
        amount = f"{entry.amount.decimal} {entry.amount.currency}" if entry.amount else ""
        what = f"{entry.property_name}: {entry.add_on} {entry.plan}"
        typer.echo(f"{entry.at:%Y-%m-%d %H:%M} UTC  {entry.kind:<8}  {what}  {amount}".rstrip())
    if not entries:
        typer.echo("No upcoming charges.")


@program.command()
def redrive() -> None:
    """Send dead letters again: messages that could not be read, once a version is installed that can."""
    from billing.services import outbox

    with desk() as billing:
        count = outbox.redrive(billing)
    typer.echo(f"{count} dead letters are due again." if count else "No dead letters.")


@program.command()
def verify(
    language: Annotated[str, typer.Option(help="In which language it is said: en or it")] = "en",
    head: Annotated[bool, typer.Option("--head", help="Seal what was written, and print the head")] = False,
    against: Annotated[
        str, typer.Option(help="A head that was kept: what it seals must be there still")
    ] = "",
) -> None:
    """Check the books: list everything that is wrong, and exit with 1 if anything is.

    The head of the chain of seals, kept where nobody of this desk can write, tells later whether a document or an
    audit entry was taken away or made anew.
    """
    from billing.bootstrap import LOCALES
    from billing.i18n import Translator, language_of
    from billing.services import seals
    from billing.services import verify as service

    words = Translator(LOCALES, language_of(language))
    with desk() as billing:
        if head:
            typer.echo(seals.head(billing))
            return
        try:
            findings = service.verify(billing, head=against)
        except ValueError:
            raise typer.BadParameter(f"{against} is no head: `verify --head` prints one") from None
    for finding in findings:
        typer.echo(finding.said(words))
    if findings:
        raise typer.Exit(1)
    typer.echo(words("All checks passed:"))
    for invariant in service.INVARIANTS:
        typer.echo(f"- {words(invariant)}")


if __name__ == "__main__":
    program()
