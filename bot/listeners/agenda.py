"""The agenda of a property."""

from __future__ import annotations

from billing.services import agenda
from bot.context import Turn
from bot.views import agenda as views
from bot.views.pages import RowKey


async def open_agenda(turn: Turn) -> None:
    """`/billing agenda`, and the Agenda button of the page."""
    key = RowKey.read(turn.value) if turn.value else RowKey()
    await turn.open(views.agenda(await turn.call(agenda.listed, *key.place), turn.t))


async def turn_page(turn: Turn) -> None:
    """Sooner or Later in the agenda."""
    await turn.show(views.agenda(await turn.call(agenda.listed, *RowKey.read(turn.value).place), turn.t))
