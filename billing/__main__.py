"""The operator's command line: python -m billing --help."""

from __future__ import annotations

import json
import re
import signal
from dataclasses import asdict
from threading import Event
from typing import Annotated

import typer

from billing.commands import (
    agenda,
    backups,
    catalogue,
    copies,
    due,
    einvoices,
    installations,
    keys,
    money,
    outbox,
    people,
    records,
    reports,
    undecided,
    webhooks,
)
from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, begin, desk, refused, show_progress, translator
from billing.values.actors import Actor, Role
from billing.values.cycles import Interval
from billing.values.errors import Unfit

program = typer.Typer(no_args_is_help=True, help="The operator's side of the billing desk.")
properties_program = typer.Typer(no_args_is_help=True)
program.add_typer(properties_program, name="properties", help="The properties of a workspace.")
properties_program.command("list")(records.list_properties)
program.add_typer(records.invoices, name="invoices", help="Issued invoices, and each as a PDF.")
program.add_typer(records.members, name="members", help="Who belongs to a property.")
program.add_typer(people.program, name="people", help="What the law gives a person: export, erasure.")
program.add_typer(records.cards, name="cards", help="The saved cards of a property.")
program.command()(catalogue.catalogue)
program.command()(agenda.agenda)
program.callback()(begin)
program.add_typer(undecided.payments, name="payments", help="Payments, above all those not decided yet.")
program.add_typer(undecided.events, name="events", help="Events of the gateway that wait.")
program.command()(backups.backup)
program.command()(backups.restore)
program.command()(copies.hold)
program.command()(copies.resume)
program.command()(money.refund)
program.command()(money.reconcile)
program.command()(money.credit)
program.add_typer(reports.program, name="report", help="A month in figures that agree with the ledger.")
program.add_typer(installations.program, name="installations", help="Workspaces that installed the app.")
program.add_typer(keys.program, name="keys", help="Keys of the API, for your own product.")
program.add_typer(
    webhooks.program, name="webhooks", help="Endpoints of your own product that are told events."
)
program.add_typer(einvoices.program, name="einvoices", help="E-invoices, and the files of a day to hand on.")
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
def member(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    person: Annotated[
        str, typer.Argument(help="Whose role it is, U...; they must have opened the app before")
    ],
    role: Role,
    language: Language = "en",
) -> None:
    """Give a person a role in a property, in the name of one of its owners."""
    from billing.services import members

    t = translator(language)
    with desk() as billing:
        members.set_role(billing, Actor(workspace_id, user_id, "operator"), property_id, person, role)
    typer.echo(t("{person} is now {role}.", person=person, role=in_words(role, t)))


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

    t = translator(language)
    with refused(t, "Nothing was changed: {fault}."):
        if not re.fullmatch("[CG][A-Z0-9]+", channel):
            raise Unfit(
                "{written} is not a channel ID like C0123456789 (in Slack: the channel's name, About)",
                written=repr(channel),
            )
    with desk() as billing:
        properties.announce_in(billing, Actor(workspace_id, user_id, "operator"), property_id, channel)
    typer.echo(t("Announcements now go to {channel}.", channel=channel))


@properties_program.command("delete")
def delete_property(
    workspace_id: WorkspaceId,
    user_id: Annotated[str, typer.Argument(help="Who acts: an owner of the property, U...")],
    property_id: PropertyId,
    give_up_credit: Annotated[
        bool, typer.Option("--give-up-credit", help="Its owner gives up its credit balance")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before deleting")] = False,
    language: Language = "en",
) -> None:
    """Delete a property in which nothing is active or to be paid. Its invoices are kept; this can't be undone."""
    from billing.services import properties

    t = translator(language)
    with desk() as billing:
        actor = Actor(workspace_id, user_id, "operator")
        found = properties.preview_delete(billing, actor, property_id)
        for one in found.in_use:
            typer.echo(f"{one.add_on} {one.plan} ({one.id}): {one.status}", err=True)
        name, credit = found.property.name, f"{found.credit.decimal} {found.credit.currency}"
        given_up = found.credit if give_up_credit else None
        if not (yes or found.in_use):
            question = t("Delete {name} for everybody?", name=name)
            if given_up and given_up.minor:
                question = t(
                    "Delete {name} for everybody and give up its credit of {credit}?",
                    name=name,
                    credit=credit,
                )
            typer.confirm(question, abort=True)
        properties.delete(billing, actor, property_id, given_up=given_up)
    typer.echo(t("{name} is deleted; its invoices are kept.", name=name))


@program.command()
def subscribe(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    add_on: Annotated[str, typer.Argument(help="As in the catalogue: remove-branding")],
    plan: Annotated[str, typer.Argument(help="As in the catalogue: standard")],
    interval: Annotated[Interval, typer.Argument()] = Interval.MONTH,
    card: Annotated[str | None, typer.Option(help="The saved card that pays, pm_...")] = None,
    language: Language = "en",
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
        translator(language)(
            "{add_on} {plan} is active until {day}: {id}",
            add_on=bought.add_on,
            plan=bought.plan,
            day=f"{bought.period_end_at:%Y-%m-%d}",
            id=bought.id,
        )
    )


@program.command("run-due")
def run_due(as_json: AsJson = False, language: Language = "en") -> None:
    """Do everything due now: renew subscriptions, end cancelled ones. The bot does it by itself."""
    from billing.ports import GatewayUnavailable
    from billing.services import copies, due_work

    t = translator(language)
    with desk() as billing:
        try:
            copies.prove(billing)
        except GatewayUnavailable:
            typer.echo(t("The gateway isn't responding. Nothing was done. Try again later."), err=True)
            raise typer.Exit(1) from None
        copies.refuse_if_held(billing)
        report = due_work.run_due(billing)
    done = asdict(report)
    typer.echo(
        json.dumps(done)
        if as_json
        else t(
            "Renewed {renewed}, ended {ended}, payments tried {collected}, left for the next run {left}.",
            **done,
        )
    )
    raise typer.Exit(1 if report.left else 0)


@program.command()
def work(language: Language = "en") -> None:
    """Do what is due, every quarter of a minute, until told to stop: the worker of bots that run with --no-worker."""
    from billing import logs
    from billing.bootstrap import DATABASE_SILENCE_SECONDS, post_of, poster_of
    from billing.scheduler import make_scheduler, working
    from billing.settings import BillingSettings, with_way_on

    logs.configure_libraries()
    told = Event()
    for sent in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sent, lambda *_: told.set())
    with desk(silence_seconds=DATABASE_SILENCE_SECONDS) as billing:
        settings = BillingSettings()
        if kept := settings.example_seller():
            typer.echo(translator(language).fault(with_way_on("", kept)), err=True)
            raise typer.Exit(1)
        post, poster = post_of(settings, billing), poster_of(settings)
        with working(billing, make_scheduler(billing, post=post, poster=poster)):
            told.wait()


@program.command()
def redrive(as_json: AsJson = False, language: Language = "en") -> None:
    """Send dead letters again: messages that could not be read, once a version is installed that can."""
    from billing.services import outbox

    with desk() as billing:
        count = outbox.redrive(billing)
    t = translator(language)
    if as_json:
        typer.echo(json.dumps({"due_again": count}))
    elif count:
        typer.echo(
            t.plural("{count} dead letter is due again.", "{count} dead letters are due again.", count)
        )
    else:
        typer.echo(t("No dead letters."))


@program.command()
def verify(
    language: Language = "en",
    head: Annotated[bool, typer.Option("--head", help="Seal what was written, and print the head")] = False,
    against: Annotated[
        str, typer.Option(help="A head that was kept: what it seals must be there still")
    ] = "",
) -> None:
    """Check the books: list everything that is wrong, and exit with 1 if anything is.

    The head of the chain of seals, kept where nobody of this desk can write, tells later whether a document or an
    audit entry was taken away or made anew.
    """
    from billing.services import seals
    from billing.services import verify as service

    words = translator(language)
    with desk() as billing:
        if head:
            typer.echo(seals.head(billing))
            return
        try:
            findings = service.verify(billing, head=against, progress=show_progress)
        except ValueError:
            raise typer.BadParameter(
                words("{head} is no head: `verify --head` prints one", head=against)
            ) from None
    for finding in findings:
        typer.echo(finding.said(words))
    if findings:
        raise typer.Exit(1)
    typer.echo(words("All checks passed:"))
    for invariant in service.INVARIANTS:
        typer.echo(f"- {words(invariant)}")


if __name__ == "__main__":
    program()
