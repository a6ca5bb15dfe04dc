"""The operator's command line: python -m billing --help."""

from __future__ import annotations

import json
import signal
from contextlib import ExitStack
from dataclasses import asdict
from typing import Annotated

import typer

from billing.commands import (
    agenda,
    backups,
    catalogue,
    contacts,
    copies,
    due,
    einvoices,
    imports,
    installations,
    keys,
    money,
    outbox,
    partitions,
    people,
    properties,
    rates,
    records,
    reports,
    undecided,
    vies,
    webhooks,
)
from billing.commands.desk import AsJson, Language, begin, desk, refused, show_progress, translator
from billing.commands.mistyped import SpokenGroup
from billing.values.errors import Unfit

program = typer.Typer(no_args_is_help=True, cls=SpokenGroup, help="The operator's side of the billing desk.")
program.add_typer(properties.program, name="properties", help="The properties of a workspace.")
program.add_typer(records.invoices, name="invoices", help="Issued invoices, and each as a PDF.")
program.add_typer(records.members, name="members", help="Who belongs to a property.")
program.add_typer(people.program, name="people", help="What the law gives a person: export, erasure.")
program.add_typer(contacts.program, name="contacts", help="Who gets mail about a property's billing.")
program.add_typer(records.cards, name="cards", help="The saved cards of a property.")
program.command()(catalogue.catalogue)
program.command()(agenda.agenda)
program.command()(properties.member)
program.command()(properties.announce)
program.command()(properties.subscribe)
program.command("extend-trial")(properties.extend_trial)
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
program.add_typer(imports.program, name="import", help="Subscriptions that ran elsewhere are taken over.")
program.add_typer(installations.program, name="installations", help="Workspaces that installed the app.")
program.add_typer(keys.program, name="keys", help="Keys of the API, for your own product.")
program.add_typer(
    webhooks.program, name="webhooks", help="Endpoints of your own product that are told events."
)
program.add_typer(einvoices.program, name="einvoices", help="E-invoices, and the files of a day to hand on.")
program.add_typer(
    vies.program, name="vies", help="VAT numbers of buyers in the EU, and what VIES said of them."
)
program.add_typer(rates.program, name="rates", help="Exchange rates, by which VAT is said in euros.")
program.add_typer(partitions.program, name="partitions", help="Years of facts in tables of their own.")
program.add_typer(due.program, name="due", help="Renewals and ends that failed and are tried again.")
program.add_typer(outbox.program, name="outbox", help="Messages that failed, and dead letters.")


@program.command()
def check(language: Language = "en") -> None:
    """Try the settings, the database, catalogue, clock, gateway and mail server; exit with 1 if one is wrong."""
    from billing.proving import faults_of_desk, notes_of_desk
    from billing.settings import BillingSettings

    t = translator(language)
    with desk() as billing:
        faults, notes = faults_of_desk(BillingSettings(), billing), notes_of_desk(billing)
        where = billing.engine.url.render_as_string()
    for said in faults + notes:
        typer.echo(t.fault(said))
    if faults:
        raise typer.Exit(1)
    typer.echo(t("OK: settings, tables of {where}, catalogue, clock, gateway, mail server.", where=where))


@program.command()
def migrate(
    finish: Annotated[
        bool, typer.Option(help="Nothing of the version before runs any more: use what only this one reads.")
    ] = False,
    language: Language = "en",
) -> None:
    """Make the tables, or bring them up to date."""
    from billing.adapters.database import migrate as bring_up_to_date

    with desk(migrated=False) as billing:
        where, t = billing.engine.url.render_as_string(), translator(language)
        try:
            bring_up_to_date(billing.engine, finish=finish)
        except Unfit as fault:
            typer.echo(t.fault(fault), err=True)
            raise typer.Exit(1) from None
        typer.echo(t("The tables of {where} are up to date.", where=where))


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
def work(
    metrics_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where Prometheus reads what is measured here")
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="The address of that port")] = "127.0.0.1",
    language: Language = "en",
) -> None:
    """Do what is due, every quarter of a minute, until told to stop: the worker of bots that run with --no-worker."""
    from billing import logs
    from billing.bootstrap import DATABASE_SILENCE_SECONDS, post_of, poster_of, sdi_post_of, start_traces
    from billing.process_gauges import Pulse, shown
    from billing.scheduler import make_scheduler, working
    from billing.settings import BillingSettings, with_way_on

    logs.configure_libraries()
    # Held back from all threads until it is waited for: what a handler sets may come in the moment in which the
    # wait begins, and be missed.
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    with desk(silence_seconds=DATABASE_SILENCE_SECONDS) as billing:
        settings = BillingSettings()
        if kept := settings.example_seller():
            typer.echo(translator(language).fault(with_way_on("", kept)), err=True)
            raise typer.Exit(1)
        start_traces(settings, "billing-worker")
        post, poster = post_of(settings, billing), poster_of(settings)
        sdi_post, pulse = sdi_post_of(settings, billing), Pulse()
        scheduler = make_scheduler(billing, post=post, poster=poster, sdi_post=sdi_post, beat=pulse.beat)
        with ExitStack() as stack:
            if metrics_port is not None:
                with refused(translator(language), "Nothing was done: {fault}."):
                    stack.enter_context(shown(billing, pulse, metrics_host, metrics_port))
            stack.enter_context(working(billing, scheduler))
            signal.sigwait(ends)


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
    from billing.adapters.partitions import missing
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
        unmade = missing(billing.engine, billing.clock())
    for finding in findings:
        typer.echo(finding.said(words))
    if unmade:
        typer.echo(words.fault(unmade))
    if findings or unmade:
        raise typer.Exit(1)
    typer.echo(words("All checks passed:"))
    for invariant in service.INVARIANTS:
        typer.echo(f"- {words(invariant)}")


if __name__ == "__main__":
    program()
