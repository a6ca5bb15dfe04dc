"""Free trials that the seller's own people let go on, each shown before it is done, and confirmed."""

from __future__ import annotations

from billing.services import operators
from bot.context import Turn
from bot.listeners.operators import admitted, call
from bot.views import operator_trials as views
from bot.views.operators import read_place


async def find(turn: Turn, words: str) -> None:
    """`/billing-operator trial [customer]`."""
    await turn.reply(views.found(await call(turn, operators.find_trials, words), words, turn.t))


async def open_form(turn: Turn) -> None:
    """The Extend trial button of what was found."""
    admitted(turn)
    await turn.open(views.form(read_place(turn.value), turn.t))


async def preview(turn: Turn) -> None:
    """The days were typed."""
    admitted(turn)
    workspace_id, subscription_id, days = views.read_form(turn.view)
    shown, before = await call(turn, operators.preview_trial, workspace_id, subscription_id, days)
    await turn.show(views.question((workspace_id, subscription_id), days, shown, before, turn.t))


async def extend(turn: Turn) -> None:
    """ "Yes, extend"."""
    admitted(turn)
    form = views.read_confirmed(turn.view)
    shown = await call(
        turn,
        operators.extend_trial,
        form.workspace_id,
        form.subscription_id,
        form.days,
        seen_end=form.seen_end,
    )
    await turn.reply(views.extended(shown, turn.t))
