"""What stands in the books, to look at: python -m billing invoices, members, cards, properties list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, cut, desk, refused, say_all, say_one, translator, write
from billing.i18n import Translator

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.services.lookups import CardRecord, InvoiceRecord, MemberRecord, Offer, PropertyRecord
    from billing.values.snapshots import InvoiceFile

invoices = typer.Typer(no_args_is_help=True)
members = typer.Typer(no_args_is_help=True)
cards = typer.Typer(no_args_is_help=True)
WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]
PropertyId = Annotated[str, typer.Argument(help="The property, prop_...")]
Target = Annotated[Path, typer.Argument(help="The file to write, or the folder to put it into")]
Invoice = Annotated[str, typer.Argument(help="The invoice, by its number or id")]


@invoices.command("list")
def list_invoices(
    workspace_id: WorkspaceId,
    of_property: Annotated[
        str | None, typer.Option("--property", help="Only those of that property, prop_...")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, the newest")] = 20,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """List the newest invoices of a workspace, or of one of its properties, and how each stands."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        found = lookups.invoices(billing, workspace_id, of_property, limit + 1)
    say_all(cut(found, limit, t), _invoice, t("No invoice was issued there."), t, as_json=as_json)


@invoices.command("show")
def show_invoice(invoice: Invoice, as_json: AsJson = False, language: Language = "en") -> None:
    """Say how an invoice stands, and what its credit notes gave back."""
    from billing.services import lookups

    with desk() as billing:
        found = lookups.invoice(billing, invoice)
    say_one(found, _invoice_in_full, translator(language), as_json=as_json)


@invoices.command("pdf")
def invoice_pdf(
    invoice: Invoice,
    path: Target,
    language: Language = "en",
) -> None:
    """Write an invoice as a PDF, in that language, as its buyer gets it."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        file = lookups.invoice_file(billing, invoice, t.language)
    target = _put(file, path, t)
    typer.echo(t("{path} holds invoice {number}.", path=target, number=file.invoice.number))


@invoices.command("ubl")
def invoice_ubl(
    invoice: Invoice,
    path: Target,
    language: Language = "en",
) -> None:
    """Write an invoice in UBL, as Peppol BIS Billing 3 has it."""
    from billing.services import listings, lookups

    t = translator(language)
    with desk() as billing, refused(t, "There is no file for Peppol: {fault}."):
        file = listings.ubl_in(billing, "invoice", lookups.invoice(billing, invoice).invoice_id)
    target = _put(file, path, t)
    typer.echo(t("{path} holds {number} for Peppol.", path=target, number=file.invoice.number))


def _put(file: InvoiceFile, path: Path, t: Translator) -> Path:
    """Writes it as that file, or under its own name into that folder; where it is."""
    target = path / file.name if path.is_dir() else path
    write(target, file.content, t)
    return target


@members.command("list")
def list_members(
    workspace_id: WorkspaceId, property_id: PropertyId, as_json: AsJson = False, language: Language = "en"
) -> None:
    """List who belongs to a property and in which role, owners first."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        found = lookups.members(billing, workspace_id, property_id)
    say_all(found, _member, t("Nobody belongs to that property."), t, as_json=as_json)


@cards.command("list")
def list_cards(
    workspace_id: WorkspaceId, property_id: PropertyId, as_json: AsJson = False, language: Language = "en"
) -> None:
    """List the saved cards of a property. Of a card's number only the last four digits are known here."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        found = lookups.cards(billing, workspace_id, property_id)
    say_all(found, _card, t("That property has no card."), t, as_json=as_json)


def list_properties(workspace_id: WorkspaceId, as_json: AsJson = False, language: Language = "en") -> None:
    """List the properties of a workspace, deleted ones too."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        found = lookups.properties(billing, workspace_id)
    say_all(found, _property, t("That workspace has no property."), t, as_json=as_json)


def show_catalogue(language: str, *, as_json: bool) -> None:
    """Says what is sold now, and for how much."""
    from billing.services import lookups

    t = translator(language)
    with desk() as billing:
        found = lookups.offers(billing)
    say_all(found, _offer, t("Nothing is on sale: python -m billing catalogue FILE."), t, as_json=as_json)


def _invoice(one: InvoiceRecord, t: Translator) -> str:
    return f"{one.issued_on}  {one.number}  {one.property_name}: {one.what}  {one.total}  {in_words(one.state, t)}"


def _invoice_in_full(one: InvoiceRecord, t: Translator) -> str:
    return "\n".join(
        (
            _invoice(one, t),
            t("Issued to {buyer}; credited {amount}.", buyer=one.buyer, amount=one.credited),
            f"{one.workspace_id} {one.property_id} {one.invoice_id}",
        )
    )


def _member(one: MemberRecord, t: Translator) -> str:
    away = t(", not in the workspace since {day}", day=f"{one.away_since:%Y-%m-%d}") if one.away_since else ""
    return f"{one.user_id}  {one.name}: {in_words(one.role, t)}{away}"


def _card(one: CardRecord, t: Translator) -> str:
    return t(
        "{id}  {brand} •••• {last_four}, expires {month}, added {day} by {user}",
        id=one.card_id,
        brand=one.brand,
        last_four=one.last_four,
        month=one.expires,
        day=f"{one.added_at:%Y-%m-%d}",
        user=one.added_by,
    )


def _property(one: PropertyRecord, t: Translator) -> str:
    deleted = t(", deleted on {day}", day=f"{one.deleted_at:%Y-%m-%d}") if one.deleted_at else ""
    return (
        f"{one.property_id}  {one.name} ({one.country}, {one.currency}, {one.time_zone})"
        f"  {one.billing_channel or '-'}{deleted}"
    )


def _offer(one: Offer, t: Translator) -> str:
    free = t.plural(", {count} day free", ", {count} days free", one.trial_days) if one.trial_days else ""
    price = f"{one.amount} / {in_words(one.interval, t)}"
    return f"{one.add_on_id} {one.plan_id}  {one.add_on} {one.plan}: {price}{free}"
