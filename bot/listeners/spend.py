"""What a property spends."""

from __future__ import annotations

from billing.services import spend
from bot.context import Turn
from bot.views import spend as views


async def show(turn: Turn) -> None:
    """`/billing spend`, and the Spend button of the page."""
    await turn.reply(views.spend(await turn.call(spend.of_property, turn.value or None), turn.t))
