"""Choosing a property, and creating the first one."""

from __future__ import annotations

from billing.services import plans, properties
from bot.blocks import Element
from bot.context import Turn
from bot.listeners import home, picking, property_deletions
from bot.refusals import NoSuchProperty
from bot.views import properties as views
from bot.views.property_deletions import WORDS as DELETING


async def choose(turn: Turn) -> None:
    """Another property was chosen from the list: from now on everything is about that one."""
    await turn.call(properties.choose, turn.value)
    if turn.body.get("response_url"):
        await turn.reply(await home.card(turn), replace=True)
    await turn.redraw_home()


async def choose_by_name(turn: Turn, name: str) -> None:
    """`/billing property [name]`: the one of that name, or whose name begins so; else the question which one.

    `/billing property delete` deletes the one that is looked at.
    """
    if name.casefold() in DELETING:
        await property_deletions.open_from_words(turn)
        return
    if not name:
        await home.show_card(turn)
        return
    choices = (await turn.call(properties.purchases)).choices
    meant = picking.named(name, choices, lambda choice: (choice.name,))
    if not meant:
        names = tuple(choice.name for choice in choices)
        raise NoSuchProperty(name, names, picking.nearest(name, names))
    if len(meant) > 1:
        await turn.reply(views.which(name, meant, turn.t))
        return
    await turn.reply(views.chosen(await turn.call(properties.choose, meant[0].id), turn.t))
    await turn.redraw_home()


async def open_create(turn: Turn) -> None:
    """The form for the first property, for owners of the workspace."""
    await turn.call(properties.refuse_creating, is_workspace_owner=turn.profile.is_workspace_owner)
    currencies = await turn.call(plans.currencies)
    await turn.open(views.create_form(turn.t, turn.profile.time_zone, currencies))


async def create(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_create_form(turn.view)
    created = await turn.call(
        properties.create,
        form.name,
        form.time_zone,
        form.country,
        is_workspace_owner=turn.profile.is_workspace_owner,
        currency=form.currency or None,
        key=turn.form_key,
    )
    await turn.reply(views.created(created, turn.t))
    await turn.redraw_home()


async def suggest(turn: Turn) -> list[Element]:
    """The properties among which the person can choose."""
    return views.property_options((await turn.call(properties.purchases)).choices)
