"""Buying an add-on: the form, what it costs, the yes."""

from __future__ import annotations

from uuid import uuid4

from billing.services import card_setups, payment_methods, plans, purchases, subscriptions
from billing.services.purchases import Order
from billing.values.errors import Refusal
from billing.values.refusals import PreviewChanged
from billing.values.snapshots import SalesChoices
from bot import sentences
from bot.blocks import Element, section
from bot.context import Turn
from bot.views import purchases as views
from bot.views.payment_methods import card_options, card_page
from bot.views.quotes import quote_blocks


async def open_form(turn: Turn) -> None:
    """`/billing buy`, and the Buy an add-on button."""
    choices = await turn.call(plans.on_sale)
    methods = await turn.call(payment_methods.listed, choices.property.id)
    await turn.open(views.purchase_form(choices, methods, turn.t))


async def preview(turn: Turn) -> None:
    """A plan or quantity was chosen: shows what it would cost, or in the same place why it cannot be."""
    form = views.read_form(turn.view)
    choices = await turn.call(plans.on_sale, form.property_id)
    methods = await turn.call(payment_methods.listed, choices.property.id)
    try:
        quote = await turn.call(purchases.preview_purchase, await _order(turn, form))
        shown = quote_blocks(quote, turn.t)
    except Refusal as refusal:
        shown = [section(sentences.sentence(refusal, turn.t))]
    await turn.refresh(views.purchase_form(choices, methods, turn.t, form, shown))


async def confirm(turn: Turn) -> None:
    """The choice is made: shows what it costs, and asks."""
    form = views.read_form(turn.view)
    quote = await turn.call(purchases.preview_purchase, await _order(turn, form))
    await turn.show(views.confirmation(quote, form, uuid4().hex, turn.t))


async def buy(turn: Turn) -> None:
    """ "Yes, buy it": what it costs now must be what was shown, else it is shown anew."""
    confirmed = views.read_confirmation(turn.view)
    await turn.call(plans.on_sale, confirmed.form.property_id)
    order = await _order(turn, confirmed.form)
    await turn.mark_money_may_move(confirmed.key)
    try:
        done = await turn.ask_bank(
            purchases.purchase, order, key=confirmed.key, expected_quote=confirmed.expected_quote
        )
    except PreviewChanged as refusal:
        again = sentences.sentence(refusal, turn.t)
        await turn.show(views.confirmation(refusal.quote, confirmed.form, uuid4().hex, turn.t, again))
        return
    await turn.reply(views.bought(done.subscription, done.payment, turn.t))
    await turn.redraw_homes()


async def add_card(turn: Turn) -> None:
    """ "Add a new card" before anything is bought: the link comes here and in a direct message."""
    choices = await turn.call(plans.on_sale, turn.value)
    await turn.mark_money_may_move(uuid4().hex)
    setup = await turn.ask_bank(card_setups.start, choices.property.id, language=turn.t.language)
    message = card_page(setup, turn.t)
    place = {**await turn.write_to_person(message), "reader": turn.actor.user_id}
    await turn.call(card_setups.place, setup.id, place)
    await turn.reply(message)


async def suggest_offers(turn: Turn) -> list[Element]:
    """What is on sale for the property."""
    return views.offer_options((await _choices(turn)).offers, turn.t)


async def suggest_cards(turn: Turn) -> list[Element]:
    """The saved cards of the property."""
    choices = await _choices(turn)
    return card_options(await turn.call(payment_methods.listed, choices.property.id), turn.t)


async def suggest_addresses(turn: Turn) -> list[Element]:
    """The addresses that the property has."""
    return views.address_options(await _choices(turn), turn.t)


async def suggest_recipients(turn: Turn) -> list[Element]:
    """To whom its receipts can go."""
    return views.buyers_recipients(await _choices(turn), turn.t)


async def _choices(turn: Turn) -> SalesChoices:
    return await turn.call(plans.on_sale, views.read_form(turn.view).property_id)


async def _order(turn: Turn, form: views.PurchaseForm) -> Order:
    address = None
    if form.address_of:
        address = (await turn.call(subscriptions.look_at, form.address_of, to_change=True)).address
    return Order(
        form.property_id,
        form.add_on_id,
        form.plan_id,
        form.interval,
        form.payment_method_id or None,
        address,
        form.receipts_to or None,
        form.quantity,
    )
