"""Choosing whether the receipts of one subscription are mailed, and to whom."""

from __future__ import annotations

from billing.services import properties, receipts
from billing.values.errors import BadFields
from bot import sentences
from bot.blocks import Element
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import receipts_by_mail as views
from bot.views.addresses import choose_subscription, read_choice


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing receipts [add-on]`: the form, or first the question which subscription."""
    page = await turn.call(properties.purchases, to_change=True)
    chosen = page.running[0] if len(page.running) == 1 else named(page.running, words)
    if chosen is not None:
        await turn.open(views.receipt_form(await turn.call(receipts.choices, chosen.id), turn.t))
    else:
        await turn.open(choose_subscription(page.running, views.EDIT, turn.t))


async def open_form(turn: Turn) -> None:
    """The Receipts button of one subscription, and of the message that one could not be delivered."""
    await turn.open(views.receipt_form(await turn.call(receipts.choices, turn.value), turn.t))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    chosen = await turn.call(receipts.choices, read_choice(turn.view))
    await turn.show(views.receipt_form(chosen, turn.t))


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_receipt_form(turn.view)
    try:
        changed = await turn.call(receipts.change, form.subscription_id, form.receipts_to, form.version)
    except BadFields as refusal:
        await turn.ack(response_action="errors", errors=sentences.field_errors(refusal, turn.t, turn.inputs))
        return
    await turn.reply(views.receipts_changed(changed, turn.t))
    await turn.redraw_homes()


async def suggest(turn: Turn) -> list[Element]:
    """To whom the receipts of that subscription can go."""
    form = views.read_receipt_form(turn.view)
    return views.recipient_options((await turn.call(receipts.choices, form.subscription_id)).recipients)
