"""The page "Purchases and invoices": the card, the Home tab, the choice of property."""

from __future__ import annotations

from billing.services import properties
from billing.values.refusals import NoProperty
from bot.blocks import Message
from bot.context import Turn
from bot.views import home


async def show_card(turn: Turn) -> None:
    """`/billing`: the page as a private message."""
    await turn.reply(await card(turn))


async def card(turn: Turn) -> Message:
    """The page as a message, or what to do for somebody who has no property."""
    try:
        return home.card(await turn.call(properties.purchases), turn.t)
    except NoProperty:
        return home.without_property(turn.t, can_create=turn.profile.is_workspace_owner)


async def open_home(turn: Turn) -> None:
    """The Home tab was opened, or something that it shows has changed."""
    await turn.redraw_home()
