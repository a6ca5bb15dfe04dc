"""Choosing whether the receipts of one subscription are mailed, and to whom."""

from __future__ import annotations

from billing.services import receipts
from bot.blocks import Element, View
from bot.context import Turn
from bot.listeners import picking
from bot.views import receipts_by_mail as views


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing receipts [add-on]`: the form, or first the question which subscription."""
    await picking.open_form(turn, words, views.EDIT, _form, picking.is_running)


async def open_form(turn: Turn) -> None:
    """The Receipts button of one subscription, and of the message that one could not be delivered."""
    await turn.open(await _form(turn, turn.value))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _form)


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_receipt_form(turn.view)
    changed = await turn.call(receipts.change, form.subscription_id, form.receipts_to, form.version)
    await turn.reply(views.receipts_changed(changed, turn.t))
    await turn.redraw_homes()


async def suggest(turn: Turn) -> list[Element]:
    """To whom the receipts of that subscription can go."""
    form = views.read_receipt_form(turn.view)
    return views.recipient_options((await turn.call(receipts.choices, form.subscription_id)).recipients)


async def _form(turn: Turn, subscription_id: str) -> View:
    return views.receipt_form(await turn.call(receipts.choices, subscription_id), turn.t)
