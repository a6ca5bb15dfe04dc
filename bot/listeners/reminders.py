"""What a team was reminded of, and what somebody decides about it."""

from __future__ import annotations

from billing.services import charge_reminders
from bot.context import Turn
from bot.views import reminders as views
from bot.views.subscriptions import read_undo


async def keep(turn: Turn) -> None:
    """The Keep button of a reminder."""
    await turn.reply(views.kept(await turn.call(charge_reminders.keep, *read_undo(turn.value)), turn.t))
