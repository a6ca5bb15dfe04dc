"""Paying what is unpaid, and the history of payments."""

from __future__ import annotations

from uuid import uuid4

from billing.services import payments, properties
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import payments as views
from bot.views.invoices import read_page


async def pay(turn: Turn) -> None:
    """The Pay now button, on the page or under the announcement of a failed payment."""
    subscription = await turn.call(payments.payable, turn.value)
    await turn.mark_money_may_move(uuid4().hex)
    paid = await turn.ask_bank(payments.pay_now, turn.value)
    await turn.reply(views.outcome(subscription, paid, turn.t))
    await turn.redraw_homes()


async def go_to_bank(_: Turn) -> None:
    """The link to the bank was followed: what is done there comes back by itself."""


async def open_history_from_words(turn: Turn, words: str) -> None:
    """`/billing history [add-on]`."""
    page = await turn.call(properties.purchases)
    meant = named((*page.running, *page.ended), words)
    listed = await turn.call(payments.listed, meant.id if meant else None)
    await turn.open(views.history(listed, turn.t))


async def open_history(turn: Turn) -> None:
    """The Payment history entry of one subscription."""
    await turn.open(views.history(await turn.call(payments.listed, *read_page(turn.value)), turn.t))


async def turn_page(turn: Turn) -> None:
    """Newer or Older in the history."""
    await turn.show(views.history(await turn.call(payments.listed, *read_page(turn.value)), turn.t))
