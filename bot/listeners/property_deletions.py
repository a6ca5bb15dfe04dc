"""Deleting a property: for its owners, once nothing in it lives or is to be paid."""

from __future__ import annotations

from billing.services import properties
from billing.values.refusals import PropertyInUse
from bot.context import Turn
from bot.views import property_deletions as views


async def open_from_words(turn: Turn) -> None:
    """`/billing property delete`: the property that the person looks at."""
    await turn.open(views.deletion(await turn.call(properties.preview_delete), turn.t))


async def open_form(turn: Turn) -> None:
    """The Delete property button."""
    await turn.open(views.deletion(await turn.call(properties.preview_delete, turn.value), turn.t))


async def delete(turn: Turn) -> None:
    """ "Yes, delete property"."""
    asked = views.read_confirmation(turn.view)
    found = await turn.call(properties.preview_delete, asked.property_id)
    try:
        await turn.call(properties.delete, asked.property_id, given_up=asked.given_up)
    except PropertyInUse:
        await turn.show(views.deletion(found, turn.t))
        return
    await turn.reply(views.deleted(found.property, turn.t))
    await turn.redraw_home()
    turn.desk.homes.changed(asked.property_id)
