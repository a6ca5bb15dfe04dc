"""Setting the budget of a property."""

from __future__ import annotations

from billing.services import budgets
from bot.context import Turn
from bot.views import budgets as views


async def open_form(turn: Turn) -> None:
    """`/billing budget`, and the Budget button of the settings and of the page."""
    await turn.open(views.budget_form(await turn.call(budgets.look_at, turn.value or None), turn.t))


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_budget_form(turn.view)
    changed = await turn.call(budgets.change, form.property_id, form.every, form.amount)
    await turn.reply(views.budget_changed(changed, turn.t))
    await turn.redraw_homes()
