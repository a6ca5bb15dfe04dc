"""Changing the billing address of one subscription."""

from __future__ import annotations

from billing.services import addresses, properties, subscriptions
from billing.values.addresses import BillingAddress
from billing.values.errors import BadFields, TaxCaseUnknown
from bot import sentences
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import addresses as views
from bot.views.companies import company_form


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing address [add-on]`: the form, or first the question which subscription."""
    page = await turn.call(properties.purchases, to_change=True)
    chosen = page.running[0] if len(page.running) == 1 else named(page.running, words)
    if chosen is not None:
        await turn.open(views.address_form(chosen, turn.t))
    else:
        await turn.open(views.choose_subscription(page.running, views.EDIT, turn.t))


async def open_form(turn: Turn) -> None:
    """The Address button of one subscription."""
    await turn.open(
        views.address_form(await turn.call(subscriptions.look_at, turn.value, to_change=True), turn.t)
    )


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    chosen = await turn.call(subscriptions.look_at, views.read_choice(turn.view), to_change=True)
    await turn.show(views.address_form(chosen, turn.t))


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_address_form(turn.view)
    try:
        address = BillingAddress.typed(**form.values)
        changed = await turn.call(addresses.change, form.subscription_id, address, form.version)
    except BadFields as refusal:
        await turn.ack(response_action="errors", errors=sentences.field_errors(refusal, turn.t, turn.inputs))
        return
    except TaxCaseUnknown as refusal:
        if refusal.missing == "vat_number":
            there = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
            await turn.show(company_form(there, turn.t, address))
            return
        await turn.ack(response_action="errors", errors={"country": sentences.sentence(refusal, turn.t)})
        return
    await turn.reply(views.address_changed(changed, turn.t))
    await turn.redraw_homes()
