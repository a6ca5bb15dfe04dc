"""Billing contacts of a property: python -m billing contacts list, add, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from billing.commands.codes import in_words
from billing.commands.desk import AsJson, Language, desk, say_all, say_one, translator
from billing.i18n import Translator
from billing.values.actors import VIA_OPERATOR, Actor
from billing.values.contacts import ContactKind

if TYPE_CHECKING:  # heavy; --help needs none of it
    from billing.values.snapshots import ContactSnapshot

program = typer.Typer(no_args_is_help=True)
WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]
UserId = Annotated[str, typer.Argument(help="Who acts: an owner or admin of the property, U...")]
PropertyId = Annotated[str, typer.Argument(help="The property, prop_...")]


@program.command("list")
def list_contacts(
    workspace_id: WorkspaceId, property_id: PropertyId, as_json: AsJson = False, language: Language = "en"
) -> None:
    """List who gets which mail about a property's billing, and why one gets none."""
    from billing.services import contacts

    t = translator(language)
    with desk() as billing:
        found = contacts.listed(billing, Actor(workspace_id, "", VIA_OPERATOR), property_id).contacts
    say_all(found, _contact, t("That property has no billing contacts."), t, as_json=as_json)


@program.command()
def add(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    who: Annotated[
        str, typer.Argument(help="A member, U..., or an email address, which confirms itself first")
    ],
    kinds: Annotated[
        list[ContactKind] | None, typer.Option("--kind", help="What they get; without it, everything")
    ] = None,
    as_json: AsJson = False,
    language: Language = "en",
) -> None:
    """Add a billing contact, in the name of one of the property's owners or admins."""
    from billing.services import contacts

    t = translator(language)
    member, address = ("", who) if "@" in who else (who, "")
    with desk() as billing:
        by = Actor(workspace_id, user_id, "operator")
        added = contacts.add(billing, by, property_id, member, address, kinds or list(ContactKind))
    say_one(added, _contact, t, as_json=as_json)


@program.command()
def remove(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    contact_id: Annotated[str, typer.Argument(help="The contact, con_... (see contacts list)")],
    language: Language = "en",
) -> None:
    """Remove a billing contact, in the name of one of the property's owners or admins."""
    from billing.services import contacts

    with desk() as billing:
        contacts.remove(billing, Actor(workspace_id, user_id, "operator"), property_id, contact_id)
    typer.echo(translator(language)("{contact} was removed and gets no more mail.", contact=contact_id))


def _contact(one: ContactSnapshot, t: Translator) -> str:
    kinds = ", ".join(in_words(kind, t) for kind in one.kinds)
    who = " ".join(filter(None, (one.user_id, one.address)))
    return f"{one.id}  {who}: {kinds}{_why_nothing(one, t)}"


def _why_nothing(one: ContactSnapshot, t: Translator) -> str:
    """Why no mail goes there, where none does."""
    if one.refused_code is not None:
        return t(" (rejected by their mail server: {code})", code=one.refused_code)
    if not one.is_here:
        return t(" (no longer a member)")
    return "" if one.confirmed else t(" (not confirmed yet)")
