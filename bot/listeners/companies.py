"""Changing the company that the invoices of one subscription are for."""

from __future__ import annotations

from billing.services import companies, properties, subscriptions
from billing.values.addresses import BillingAddress
from bot.blocks import View
from bot.context import Turn
from bot.listeners import picking, purchases
from bot.views import companies as views


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing company [add-on]`: the form, or first the question which subscription.

    Where there is none yet, the form of who buys the first.
    """
    if not words and not (await turn.call(properties.purchases, to_change=True)).running:
        await purchases.open_buyer_form(turn)
        return
    await picking.open_form(turn, words, views.EDIT, _form, picking.is_running)


async def open_form(turn: Turn) -> None:
    """The Company details button in the address form of one subscription, whose place it takes."""
    form = await _form(turn, turn.value)
    await (turn.show(form) if turn.view.get("type") == "modal" else turn.open(form))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _form)


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_company_form(turn.view)
    address = BillingAddress.typed(**form.address) if form.address else None
    changed = await turn.call(companies.change, form.subscription_id, form.values, form.version, address)
    await turn.reply(views.company_changed(changed, turn.t))
    await turn.redraw_homes()


async def _form(turn: Turn, subscription_id: str) -> View:
    return views.company_form(await turn.call(subscriptions.look_at, subscription_id, to_change=True), turn.t)
