"""E-invoices: python -m billing einvoices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.desk import AsJson, Language, desk, refused, say_all, translator, write
from billing.commands.einvoice_mails import drop_mail, mails
from billing.i18n import Translator
from billing.values.errors import Unfit
from billing.work import Billing

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.einvoice_editions import StillOld
    from billing.services.einvoices import EInvoiceSnapshot

program = typer.Typer(no_args_is_help=True)
program.command()(mails)
program.command()(drop_mail)
COLUMNS = ("file", "number", "date", "edition", "sha256")
# A line of progress for every so many files.
PROGRESS = 1_000
Number = Annotated[str, typer.Argument(help="The document: 2026-000123")]
To = Annotated[Path | None, typer.Option(help="The folder that the file is written into, to be sent")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of issue, as 2026-11-27")]


@program.command("list")
def list_einvoices(
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of issue; without it what is to be sent"),
    ] = None,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """List the e-invoices of a day, or all that are to be sent or, where SdI rejected them, sent again."""
    from billing.commands.einvoice_words import line_of, sending_of
    from billing.services import einvoices, sdi_mails, sdi_sendings

    t = translator(language)
    with desk() as billing:
        found = einvoices.listed(billing, day.date() if day else None)
        today = einvoices.day_in_italy(billing)
        ready = [one.file_name for one in found if one.state == "ready"]
        on_the_way, aside = sdi_sendings.among(billing, ready), sdi_mails.count_set_aside(billing)

    def line(one: EInvoiceSnapshot, t: Translator) -> str:
        sending = on_the_way.get(one.file_name)
        return "; ".join([line_of(one, today, t), *([sending_of(sending, t)] if sending else [])])

    nothing = t("No e-invoice waits.") if day is None else t("That day has none.")
    say_all(found, line, nothing, t, as_json=as_json)
    if aside and not as_json:
        sentence = "{count} message was set aside: python -m billing einvoices mails"
        typer.echo(
            t.plural(sentence, "{count} messages were set aside: python -m billing einvoices mails", aside)
        )


@program.command()
def send(as_json: AsJson = False, language: Language = "en") -> None:
    """Send what is ready to SdI, and read what came back, at once: the bot or the worker does it every minute."""
    from billing.bootstrap import sdi_transport_of
    from billing.ports import GatewayUnavailable
    from billing.services import copies, sdi_mails, sdi_post
    from billing.settings import BillingSettings

    t = translator(language)
    with desk() as billing:
        transport = sdi_transport_of(BillingSettings())
        if transport is None:
            typer.echo(t("Nothing was sent: E_INVOICES is neither pec nor invoicetronic."), err=True)
            raise typer.Exit(1)
        try:
            copies.prove(billing)
        except GatewayUnavailable:
            typer.echo(t("The gateway isn't responding. Nothing was done. Try again later."), err=True)
            raise typer.Exit(1) from None
        copies.refuse_if_held(billing)
        looked = sdi_mails.receive(billing, transport)
        sent = sdi_post.send(billing, transport, again=looked)
    if as_json:
        typer.echo(json.dumps({"sent": sent, "answers_read": looked}))
    else:
        typer.echo(t.plural("{count} e-invoice was sent.", "{count} e-invoices were sent.", sent))
        if not looked:
            typer.echo(t("The answers could not be read: python -m billing check says why."), err=True)
    if not looked:
        raise typer.Exit(1)


@program.command()
def show(number: Number, language: Language = "en") -> None:
    """Print the e-invoice of a document, as it is sent, and beside it (standard error) where each edition is."""
    from billing.commands.einvoice_words import line_of
    from billing.services import einvoices

    t = translator(language)
    with desk() as billing, refused(t, "There is nothing to show: {fault}."):
        editions, content = einvoices.find(billing, number)
        today = einvoices.day_in_italy(billing)
    for one in editions:
        typer.echo(line_of(one, today, t), err=True)
    typer.echo(content.decode())


@program.command()
def receipts(
    files: Annotated[list[Path], typer.Argument(help="Files of receipts of SdI, or folders of them")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Read receipts of SdI: delivered, rejected, ... Each is kept; exit with 1 if one could not be taken."""
    from billing.adapters.einvoices.receipts import read
    from billing.commands.einvoice_words import came_of
    from billing.services import sdi_receipts
    from billing.values.faults import unreadable

    t = translator(language)
    said, taken, whole = [], [], True
    with desk() as billing:
        for path in _receipts_in(files):
            try:
                content = path.read_bytes()
                one = sdi_receipts.take(billing, read(content), content)
            except OSError as fault:
                said.append(t("Not read: {fault}.", fault=t.fault(unreadable(path, fault))))
                whole = False
            except Unfit as fault:
                said.append(
                    t("{file}: not taken, it is no receipt: {fault}.", file=path, fault=t.fault(fault))
                )
                whole = False
            else:
                taken.append({"path": str(path), **asdict(one)})
                said.append(came_of(str(path), one, t))
                whole = whole and one.verdict in {"taken", "late", "double", "not_ours"}
    typer.echo(json.dumps(taken, default=str, indent=2) if as_json else "\n".join(said))
    if as_json and not whole:
        typer.echo("\n".join(said), err=True)
    if not whole:
        raise typer.Exit(1)


@program.command()
def retry(number: Number, to: To = None, as_json: AsJson = False, language: Language = "en") -> None:
    """Make what SdI rejected anew as it was: the same number and date, a file of another name."""
    from billing.services import einvoice_editions

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was changed: {fault}."):
        made = einvoice_editions.retry(billing, number)
        _hand_out(billing, made, to, t, as_json=as_json)


@program.command()
def correct(
    number: Number,
    name: Annotated[str | None, typer.Option(help="The buyer's name")] = None,
    street: Annotated[str | None, typer.Option(help="Street and number")] = None,
    postal_code: Annotated[str | None, typer.Option(help="Post code")] = None,
    city: Annotated[str | None, typer.Option(help="City")] = None,
    province: Annotated[str | None, typer.Option(help="Province, as MI")] = None,
    vat_number: Annotated[str | None, typer.Option(help="VAT number")] = None,
    codice_fiscale: Annotated[str | None, typer.Option(help="Codice Fiscale")] = None,
    sdi_code: Annotated[str | None, typer.Option(help="SDI code; empty for none")] = None,
    pec: Annotated[str | None, typer.Option(help="PEC address; empty for none")] = None,
    to: To = None,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Make what SdI rejected anew with particulars of the buyer corrected: the same number and date, another file."""
    from billing.services import einvoice_editions

    given = {
        "name": name,
        "street": street,
        "postal_code": postal_code,
        "city": city,
        "region": province,
        "vat_number": vat_number,
        "codice_fiscale": codice_fiscale,
        "sdi_code": sdi_code,
        "pec": pec,
    }
    changes = {field: value for field, value in given.items() if value is not None}
    t = translator(language)
    if not changes:
        typer.echo(t("Nothing was changed: say what to correct, as --sdi-code, or retry."), err=True)
        raise typer.Exit(1)
    with desk() as billing, refused(t, "Nothing was changed: {fault}."):
        made = einvoice_editions.correct(billing, number, changes)
        _hand_out(billing, made, to, t, as_json=as_json)
        if still := einvoice_editions.still_old(billing, number):
            typer.echo(_still_old(still, t), err=as_json)


def _still_old(still: StillOld, t: Translator) -> str:
    """What is to be corrected beside the e-invoice, so that the next one is right."""
    if still.own:
        return t(
            "The next invoices for {add_on} of {property} still have the old details: correct its own.",
            add_on=still.add_on,
            property=still.property_name,
        )
    return t(
        "The next invoices of {property} still have the old details: correct its billing profile.",
        property=still.property_name,
    )


@program.command()
def export(
    day: Day,
    to: Annotated[Path, typer.Option(help="The folder that the archive is written into")],
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Write the e-invoices of a day into a ZIP with a list. Again, it writes the same bytes."""
    from billing.adapters.einvoices.archive import write_archive
    from billing.services import einvoices
    from billing.values.faults import unreadable

    t = translator(language)
    with desk() as billing, refused(t, "Nothing was exported: {fault}."):
        found = einvoices.of_day(billing, day.date())
        contents = _with_progress(einvoices.contents(billing, found.day), len(found.files), t)
        try:
            path = write_archive(to, found.day, _rows(found.files), contents)
        except OSError as fault:
            raise unreadable(str(to), fault) from None
        einvoices.mark_exported(billing, found)
    if as_json:
        said = {"archive": str(path), "without": found.without, "files": [asdict(one) for one in found.files]}
        typer.echo(json.dumps(said, default=str, indent=2))
        return
    count = len(found.files)
    typer.echo(t.plural("{path}: {count} e-invoice.", "{path}: {count} e-invoices.", count, path=path))
    if found.without:
        typer.echo(_without(found.without, t))


def _receipts_in(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and those in the folders; in the order of their names, which is mostly that of time."""
    for path in paths:
        yield from sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else (path,)


def _hand_out(
    billing: Billing, made: EInvoiceSnapshot, to: Path | None, t: Translator, *, as_json: bool
) -> None:
    from billing.services import einvoices

    day = made.send_by
    if to is not None:
        target = to / made.file_name
        write(target, einvoices.content_of(billing, made), t)
        einvoices.mark_handed_out(billing, made)
    if as_json:
        typer.echo(json.dumps(asdict(made), default=str, indent=2))
    elif to is not None:
        typer.echo(
            t(
                "{number}: edition {count} is {path}. Send it by {day}.",
                number=made.number,
                count=made.edition,
                path=target,
                day=day,
            )
        )
    else:
        by_itself = "{number}: edition {count} is {path}. It goes out by itself."
        by_hand = "{number}: edition {count} is {path}. Send it by {day}."
        said = by_itself if _goes_by_itself(einvoices.content_of(billing, made)) else by_hand
        typer.echo(t(said, number=made.number, count=made.edition, path=made.file_name, day=day))


def _goes_by_itself(content: bytes) -> bool:
    """Whether the desk brings that file to SdI, so that nobody else may: not an office's where nothing signs it."""
    from billing.bootstrap import sdi_transport_of
    from billing.settings import BillingSettings
    from billing.values.sdi import is_to_office

    transport = sdi_transport_of(BillingSettings())
    return transport is not None and (transport.signs or not is_to_office(content))


def _without(count: int, t: Translator) -> str:
    return t.plural(
        "{count} document of that day has none: it was issued with E_INVOICES off, or corrects one that was.",
        "{count} documents of that day have none: they were issued with E_INVOICES off, or correct one that was.",
        count,
    )


def _with_progress(
    files: Iterable[tuple[str, bytes]], count: int, t: Translator
) -> Iterator[tuple[str, bytes]]:
    for done, file in enumerate(files, start=1):
        yield file
        if done % PROGRESS == 0:
            typer.echo(t("{done} of {count} written", done=done, count=count), err=True)


def _rows(files: Iterable[EInvoiceSnapshot]) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for one in files:
        yield one.file_name, one.number, one.issued_on.isoformat(), str(one.edition), one.sha256
