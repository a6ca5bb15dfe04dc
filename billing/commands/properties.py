"""Properties, and what is done in the name of their people: python -m billing properties, member, subscribe."""

from __future__ import annotations

import re
from typing import Annotated
from uuid import uuid4

import typer

from billing.commands import records
from billing.commands.codes import in_words
from billing.commands.desk import Language, confirmed, desk, refused, translator
from billing.i18n import Translator
from billing.values.actors import Actor, Role
from billing.values.cycles import Interval
from billing.values.errors import Unfit
from billing.values.snapshots import SubscriptionSnapshot

program = typer.Typer(no_args_is_help=True)
program.command("list")(records.list_properties)
WorkspaceId = Annotated[str, typer.Argument(help="The workspace, T...")]
UserId = Annotated[str, typer.Argument(help="Who acts: an owner or admin of the property, U...")]
PropertyId = Annotated[str, typer.Argument(help="The property, prop_...")]


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


@program.command("delete")
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
            typer.echo(f"{one.add_on} {one.plan} ({one.id}): {in_words(one.status, t)}", err=True)
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
            confirmed(question, t)
        properties.delete(billing, actor, property_id, given_up=given_up)
    typer.echo(t("{name} is deleted; its invoices are kept.", name=name))


def extend_trial(
    workspace_id: WorkspaceId,
    subscription_id: Annotated[str, typer.Argument(help="The subscription on a free trial, sub_...")],
    days: Annotated[int, typer.Argument(min=1, help="How many days more")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be")] = False,
    language: Language = "en",
) -> None:
    """Let a free trial go on: its first charge comes that much later, and the customer is told."""
    from billing.services import trials

    t, by = translator(language), Actor(workspace_id, "", "operator")
    with desk() as billing:
        shown, before = trials.preview(billing, by, subscription_id, days)
        if not dry_run:
            shown = trials.extend(billing, by, subscription_id, days, seen_end=before)
    said = {"add_on": shown.add_on, "plan": shown.plan, "property": shown.property_name}
    day = f"{shown.period_end_at:%Y-%m-%d %H:%M} UTC"
    if dry_run:
        typer.echo(t("The free trial of {add_on} {plan} of {property} would end {day}.", day=day, **said))
    else:
        typer.echo(t("The free trial of {add_on} {plan} of {property} ends {day}.", day=day, **said))


def subscribe(
    workspace_id: WorkspaceId,
    user_id: UserId,
    property_id: PropertyId,
    add_on: Annotated[str, typer.Argument(help="As in the catalogue: remove-branding")],
    plan: Annotated[str, typer.Argument(help="As in the catalogue: standard")],
    interval: Annotated[Interval, typer.Argument()] = Interval.MONTH,
    card: Annotated[
        str | None, typer.Option(help="The saved card that pays, pm_... (see cards list)")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="A name for this purchase: the same name never buys twice")
    ] = None,
    language: Language = "en",
) -> None:
    """Buy a subscription for a property, with a saved card of it; only a free trial needs none."""
    from billing.services import plans, purchases

    with desk() as billing:
        actor = Actor(workspace_id, user_id, "operator")
        receipts_to = plans.on_sale(billing, actor, property_id).own_address
        order = purchases.Order(
            property_id,
            add_on,
            plan,
            interval,
            payment_method_id=card,
            receipts_to=receipts_to,
            follows_profile=True,
        )
        name = f"operator {add_on} {plan} {interval} {key or uuid4()}"
        bought = purchases.purchase(billing, actor, order, key=name).subscription
    typer.echo(_bought(bought, translator(language)))


def _bought(plan: SubscriptionSnapshot, t: Translator) -> str:
    """How it stands: what was bought under that name before may be over."""
    said = {"add_on": plan.add_on, "plan": plan.plan, "id": plan.id}
    if plan.ended_at:
        return t("{add_on} {plan} ended on {day}: {id}", day=f"{plan.ended_at:%Y-%m-%d}", **said)
    day = f"{plan.period_end_at:%Y-%m-%d}"
    if plan.status == "trialing":
        return t("{add_on} {plan} is on a free trial until {day}: {id}", day=day, **said)
    return t("{add_on} {plan} is active until {day}: {id}", day=day, **said)
