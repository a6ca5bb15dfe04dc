"""Paying what is unpaid, and the history of payments."""

from __future__ import annotations

from billing.services import payments
from billing.values.refusals import ChangedMeanwhile
from bot.blocks import View
from bot.context import Turn
from bot.listeners import old_buttons, picking
from bot.views import payments as views
from bot.views.pages import RowKey


async def pay(turn: Turn) -> None:
    """The Pay now button, on the page or under the announcement of a failed payment."""
    payment_id, seen_card = views.read_pay(turn.value)
    subscription = await turn.call(payments.payable, payment_id)
    await turn.mark_money_may_move()
    try:
        paid = await turn.ask_bank(payments.pay_now, payment_id, seen_card=seen_card)
    except ChangedMeanwhile:
        owed = await turn.call(payments.unpaid, subscription.id)
        asked = next((one for one in owed if one.id == payment_id), None)
        if asked is None:
            raise
        await turn.reply(views.other_card(asked, subscription, turn.t))
        return
    await turn.reply(views.outcome(subscription, paid, turn.t))
    if paid.state == "paid":
        await old_buttons.retire_in_private(turn)
    await turn.redraw_homes()


async def go_to_bank(_: Turn) -> None:
    """The link to the bank was followed: what is done there comes back by itself."""


async def open_history_from_words(turn: Turn, words: str) -> None:
    """`/billing history [add-on]`."""
    await picking.open_list(turn, words, views.HISTORY, _shown)


async def show_history(turn: Turn) -> None:
    """The question whose history was answered."""
    await picking.show_list(turn, _shown)


async def open_history(turn: Turn) -> None:
    """The Payment history entry of one subscription."""
    await turn.open(await _shown(turn, RowKey.read(turn.value)))


async def turn_page(turn: Turn) -> None:
    """Newer or Older in the history."""
    await turn.show(await _shown(turn, RowKey.read(turn.value)))


async def _shown(turn: Turn, key: RowKey) -> View:
    return views.history(await turn.call(payments.listed, *key.place), turn.t)
