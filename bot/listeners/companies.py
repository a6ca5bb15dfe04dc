"""Changing the company that the invoices of one subscription are for."""

from __future__ import annotations

from billing.services import companies, properties, subscriptions
from billing.values.addresses import BillingAddress
from billing.values.errors import BadFields, TaxCaseUnknown
from bot import sentences
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import companies as views
from bot.views.addresses import choose_subscription, read_choice


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing company [add-on]`: the form, or first the question which subscription."""
    page = await turn.call(properties.purchases, to_change=True)
    chosen = page.running[0] if len(page.running) == 1 else named(page.running, words)
    if chosen is not None:
        await turn.open(views.company_form(chosen, turn.t))
    else:
        await turn.open(choose_subscription(page.running, views.EDIT, turn.t))


async def open_form(turn: Turn) -> None:
    """The Company details button in the address form of one subscription, whose place it takes."""
    form = views.company_form(await turn.call(subscriptions.look_at, turn.value, to_change=True), turn.t)
    await (turn.show(form) if turn.view.get("type") == "modal" else turn.open(form))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    chosen = await turn.call(subscriptions.look_at, read_choice(turn.view), to_change=True)
    await turn.show(views.company_form(chosen, turn.t))


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_company_form(turn.view)
    try:
        address = BillingAddress.typed(**form.address) if form.address else None
        changed = await turn.call(companies.change, form.subscription_id, form.values, form.version, address)
    except BadFields as refusal:
        await turn.ack(response_action="errors", errors=sentences.field_errors(refusal, turn.t, turn.inputs))
        return
    except TaxCaseUnknown as refusal:
        await turn.ack(response_action="errors", errors={"vat_number": sentences.sentence(refusal, turn.t)})
        return
    await turn.reply(views.company_changed(changed, turn.t))
    await turn.redraw_homes()
