"""How the desk does."""

from __future__ import annotations

from billing.services import verify
from bot.context import Turn
from bot.views import health as views


async def show(turn: Turn) -> None:
    """`/billing health`."""
    await turn.reply(
        views.health(await turn.call(verify.health, support_channel=turn.desk.support.channel), turn.t)
    )
