"""Changing the company that the invoices of one subscription are for."""

from __future__ import annotations

from billing.services import companies, properties, subscriptions
from billing.values.addresses import BillingAddress
from billing.values.companies import Company
from bot.blocks import Block, Message, View
from bot.context import Turn
from bot.listeners import picking, purchases, vat_numbers
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
    said = await _asked(turn, form, address)
    if said is None:
        return
    changed = await turn.call(companies.change, form.subscription_id, form.values, form.version, address)
    message = views.company_changed(changed, turn.t)
    await turn.reply(Message(message.text, [*message.blocks, *said]))
    await turn.redraw_homes()


async def _asked(
    turn: Turn, form: views.CompanyForm, new_address: BillingAddress | None
) -> list[Block] | None:
    """What VIES says of the number, where it is asked at all."""
    if turn.desk.billing.vies is None:
        return []
    there = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
    if (address := new_address or there.address) is None:
        return []
    company = Company.typed(address.country, **form.values)
    return await vat_numbers.asked(turn, there.property_id, address, company)


async def _form(turn: Turn, subscription_id: str) -> View:
    return views.company_form(await turn.call(subscriptions.look_at, subscription_id, to_change=True), turn.t)
