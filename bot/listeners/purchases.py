"""Buying an add-on: the form, what it costs, the yes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from uuid import uuid4

from billing.services import (
    card_setups,
    payment_methods,
    plans,
    purchase_requests,
    purchases,
    subscriptions,
)
from billing.services.purchases import Order
from billing.values.buyers import refuse_without_number, typed_buyer
from billing.values.documents import TAX_NUMBER
from billing.values.errors import BadFields, Fault, InvoiceIncomplete, Refusal, TaxCaseUnknown
from billing.values.refusals import PreviewChanged
from billing.values.snapshots import SalesChoices
from billing.values.snapshots.offers import OF_PROPERTY
from bot import sentences
from bot.blocks import Block, Element, View, section
from bot.context import Asking, Turn
from bot.listeners import vat_numbers
from bot.views import buyers
from bot.views import purchase_requests as request_views
from bot.views import purchases as views
from bot.views.payment_methods import card_options, card_page
from bot.views.quotes import quote_blocks

# What an invoice may lack that can be typed.
OF_THE_BUYER = frozenset({"buyer name", "buyer address", "buyer VAT number", TAX_NUMBER})


async def open_buyer_form(turn: Turn) -> None:
    """`/billing company` before anything is bought: who it will be for, and then what."""
    await turn.open(buyers.buyer_form(await turn.call(plans.on_sale), turn.t))


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
    await turn.show(
        views.purchase_form(choices, methods, turn.t, form, await _previewed(turn, form), form.buyer)
    )


async def confirm(turn: Turn) -> None:
    """The choice is made: shows what it costs, and asks; or first asks who buys, where that must be known."""
    form = views.read_form(turn.view)
    choices = await turn.call(plans.on_sale, form.property_id)
    why = ""
    if choices.asks_tax_number and form.buyer is None:
        why = buyers.why_number(turn.t)
    elif not _is_to_be_typed(form):
        try:
            quote = await turn.call(purchases.preview_purchase, await _order(turn, form))
        except (TaxCaseUnknown, InvoiceIncomplete) as refusal:
            if not _lacks_the_buyer(refusal):
                raise
            why = buyers.why_asked(getattr(refusal, "place", ""), choices.country, turn.t)
        else:
            await turn.show(views.confirmation(quote, form, uuid4().hex, turn.t))
            return
    await turn.show(buyers.buyer_form(choices, turn.t, form, why))


async def take_buyer(turn: Turn) -> None:
    """Who buys was typed: shows what was chosen for them and asks, or first lets them choose."""
    given = buyers.read_buyer_form(turn.view)
    buyer = typed_buyer(given.values)
    choices = await turn.call(plans.on_sale, given.property_id)
    if choices.asks_tax_number:
        refuse_without_number(given.values)
    if await vat_numbers.asked(turn, given.property_id, *buyer) is None:
        return
    if given.purchase is None:
        methods = await turn.call(payment_methods.listed, choices.property.id)
        await turn.show(views.purchase_form(choices, methods, turn.t, buyer=given.values))
        return
    form = replace(given.purchase, address_of=views.TYPED, buyer=given.values)
    try:
        quote = await turn.call(purchases.preview_purchase, await _order(turn, form))
    except TaxCaseUnknown as refusal:
        if refusal.missing != "vat_number":
            raise
        raise BadFields({"vat_number": Fault("needed_abroad")}) from None
    except InvoiceIncomplete as refusal:
        if refusal.field != TAX_NUMBER:
            raise
        asked = "codice_fiscale" if "codice_fiscale" in given.values else "vat_number"
        raise BadFields({asked: Fault("needed_in_italy")}) from None
    await turn.show(views.confirmation(quote, form, uuid4().hex, turn.t))


async def buy(turn: Turn) -> None:
    """ "Yes, buy it": what it costs now must be what was shown, else it is shown anew."""
    confirmed = views.read_confirmation(turn.view)
    await turn.call(plans.on_sale, confirmed.form.property_id)
    order = await _order(turn, confirmed.form)
    await turn.mark_money_may_move()
    try:
        done = await turn.ask_bank(
            purchases.purchase, order, key=confirmed.key, expected_quote=confirmed.expected_quote
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal, confirmed.form)
        return
    await turn.reply(views.bought(done.subscription, done.payment, turn.t))
    await turn.redraw_homes()


async def ask(turn: Turn) -> None:
    """ "Ask for approval": the same, which another admin is asked for."""
    confirmed = views.read_confirmation(turn.view)
    order = await _order(turn, confirmed.form)
    try:
        asked = await turn.call(
            purchase_requests.ask_purchase, order, key=confirmed.key, expected_quote=confirmed.expected_quote
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal, confirmed.form)
        return
    await turn.reply(request_views.asked(asked, turn.t))


async def _show_anew(turn: Turn, refusal: PreviewChanged, form: views.PurchaseForm) -> None:
    again = sentences.sentence(refusal, turn.t)
    await turn.show(views.confirmation(refusal.quote, form, uuid4().hex, turn.t, again))


async def add_card(turn: Turn) -> None:
    """ "Add a new card" before anything is bought: the link comes here and in a direct message.

    The form below is drawn anew by itself as soon as the card is saved.
    """
    form = views.read_form(turn.view)
    choices = await turn.call(plans.on_sale, turn.value)
    await turn.mark_money_may_move()
    setup = await turn.ask_bank(card_setups.start, choices.property.id, language=turn.t.language)
    message = card_page(setup, turn.t)
    place = {
        **await turn.write_to_person(message),
        "reader": turn.actor.user_id,
        "view_id": str(turn.view["id"]),
        "notice": turn.progress_view_id,
        "purchase": json.dumps(asdict(form), ensure_ascii=False),
    }
    await turn.call(card_setups.place, setup.id, place)
    await turn.reply(message)


async def form_with_new_card(asking: Asking, said: str) -> View:
    """The form as it was left, with the cards that the property has by now."""
    form = views.purchase_of(json.loads(said))
    choices = await asking.call(plans.on_sale, form.property_id)
    methods = await asking.call(payment_methods.listed, form.property_id)
    form = replace(form, payment_method_id=form.payment_method_id or views.usable_card(methods))
    preview = await _previewed(asking, form) if form.add_on_id else []
    return views.purchase_form(choices, methods, asking.t, form, preview, form.buyer)


async def suggest_offers(turn: Turn) -> list[Element]:
    """What is on sale for the property."""
    return views.offer_options((await _choices(turn)).offers, turn.t)


async def suggest_cards(turn: Turn) -> list[Element]:
    """The saved cards of the property."""
    choices = await _choices(turn)
    return card_options(await turn.call(payment_methods.listed, choices.property.id), turn.t)


async def suggest_addresses(turn: Turn) -> list[Element]:
    """The addresses that the property has, and who was typed."""
    return views.address_options(await _choices(turn), views.read_form(turn.view).buyer, turn.t)


async def suggest_recipients(turn: Turn) -> list[Element]:
    """To whom its receipts can go."""
    return views.buyers_recipients(await _choices(turn), turn.t)


async def _choices(turn: Turn) -> SalesChoices:
    return await turn.call(plans.on_sale, views.read_form(turn.view).property_id)


async def _previewed(turn: Turn | Asking, form: views.PurchaseForm) -> list[Block]:
    """What the choice would cost, or in the same place why it cannot be or what must be known before."""
    if _is_to_be_typed(form):
        return [section(buyers.next_step(turn.t))]
    try:
        order, has_card = await _order(turn, form), bool(form.payment_method_id)
        quote = await turn.call(purchases.preview_purchase, order, needs_card=has_card)
        return [*quote_blocks(quote, turn.t), *request_views.needed(quote, turn.t)]
    except Refusal as refusal:
        asked = _lacks_the_buyer(refusal)
        return [section(buyers.next_step(turn.t) if asked else sentences.sentence(refusal, turn.t))]


def _is_to_be_typed(form: views.PurchaseForm) -> bool:
    return form.address_of == views.TYPED and form.buyer is None


def _lacks_the_buyer(refusal: Refusal) -> bool:
    """Whether what it lacks can be typed: who buys, and where."""
    if isinstance(refusal, TaxCaseUnknown):
        return refusal.missing == "vat_number"
    return isinstance(refusal, InvoiceIncomplete) and refusal.field in OF_THE_BUYER


async def _order(turn: Turn | Asking, form: views.PurchaseForm) -> Order:
    address, company = None, None
    if form.address_of == views.TYPED:
        address, company = typed_buyer(form.buyer or {})
    elif form.address_of and form.address_of != OF_PROPERTY:
        like = await turn.call(subscriptions.look_at, form.address_of, to_change=True)
        address, company = like.address, like.company
    return Order(
        form.property_id,
        form.add_on_id,
        form.plan_id,
        form.interval,
        form.payment_method_id or None,
        address,
        form.receipts_to or None,
        form.quantity,
        company,
        follows_profile=form.address_of == OF_PROPERTY,
    )
