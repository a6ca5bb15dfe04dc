"""Changing the billing address of one subscription."""

from __future__ import annotations

from billing.services import addresses, subscriptions
from billing.values.addresses import BillingAddress
from billing.values.documents import TAX_NUMBER
from billing.values.errors import InvoiceIncomplete, TaxCaseUnknown
from bot.blocks import View
from bot.context import Turn
from bot.listeners import picking
from bot.views import addresses as views
from bot.views.companies import company_form


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing address [add-on]`: the form, or first the question which subscription."""
    await picking.open_form(turn, words, views.EDIT, _form, picking.is_running)


async def open_form(turn: Turn) -> None:
    """The Address button of one subscription."""
    await turn.open(await _form(turn, turn.value))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _form)


async def change(turn: Turn) -> None:
    """The form was submitted. Where the country wants a number of the buyer, the form for it comes next."""
    form = views.read_address_form(turn.view)
    address = BillingAddress.typed(**form.values)
    try:
        changed = await turn.call(addresses.change, form.subscription_id, address, form.version)
    except TaxCaseUnknown as refusal:
        if refusal.missing != "vat_number":
            raise
        there = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
        await turn.show(company_form(there, turn.t, address, refusal.place))
        return
    except InvoiceIncomplete as refusal:
        if refusal.field != TAX_NUMBER:
            raise
        there = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
        await turn.show(company_form(there, turn.t, address, for_e_invoices=True))
        return
    await turn.reply(views.address_changed(changed, turn.t))
    await turn.redraw_homes()


async def _form(turn: Turn, subscription_id: str) -> View:
    return views.address_form(await turn.call(subscriptions.look_at, subscription_id, to_change=True), turn.t)
