"""The agenda of a property."""

from __future__ import annotations

from billing.services import agenda
from bot.context import Turn
from bot.views import agenda as views


async def open_agenda_from_words(turn: Turn, _words: str) -> None:
    """`/billing agenda`."""
    await turn.open(views.agenda(await turn.call(agenda.listed), turn.t))


async def turn_page(turn: Turn) -> None:
    """Sooner or Later in the agenda."""
    await turn.show(views.agenda(await turn.call(agenda.listed, *views.read_page(turn.value)), turn.t))
