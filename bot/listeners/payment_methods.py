"""The card of one subscription: a saved one, or a new one that is entered on the gateway's page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from billing.services import card_setups, payment_methods, payments, subscriptions
from billing.values.money import Money
from bot.blocks import Element, View
from bot.context import Asking, Turn
from bot.listeners import picking
from bot.views import payment_methods as views


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing payment [add-on]`: the cards, or first the question which subscription."""
    await picking.open_form(turn, words, views.OPEN, _form, picking.is_running)


async def open_form(turn: Turn) -> None:
    """The Payment method entry of one subscription; a form that waits for a card beneath it is remembered."""
    await turn.open(await _form(turn, turn.value, form_left(turn.view)))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _form)


async def add(turn: Turn) -> None:
    """ "Add a new card": the link comes here and in a direct message, which says later what came of it."""
    subscription = await turn.call(subscriptions.look_at, turn.value, to_change=True)
    await turn.mark_money_may_move()
    setup = await turn.ask_bank(card_setups.start, subscription_id=subscription.id, language=turn.t.language)
    message = views.card_page(setup, turn.t, await _waits(turn, subscription.id))
    written = await turn.write_to_person(message)
    place = {"channel": written["channel"], "ts": written["ts"], "reader": turn.actor.user_id}
    if turn.view.get("type") == "modal":
        place |= {
            "view_id": str(turn.view["id"]),
            "subscription_id": subscription.id,
            "form": json.dumps(form_left(turn.view)),
        }
    place["notice"] = turn.progress_view_id
    await turn.call(card_setups.place, setup.id, place)
    await turn.reply(message)


def form_left(view: Mapping[str, Any]) -> dict[str, Any]:
    """The form from which another one or the page is opened, as it was left; nothing where there is none."""
    if view.get("type") != "modal":
        return {}
    return {part: view[part] for part in ("callback_id", "private_metadata", "state")}


async def page_opened(_: Turn) -> None:
    """The link to the card page was followed: what is done there comes back by itself."""


async def remove(turn: Turn) -> None:
    """ "Yes, remove it": a card that pays nothing."""
    subscription_id, beneath = views.read_subscription(turn.view), views.read_beneath(turn.view)
    await turn.call(payment_methods.remove, turn.value)
    await turn.show(await _form(turn, subscription_id, beneath))


async def suggest(turn: Turn) -> list[Element]:
    """The saved cards of the property."""
    subscription_id = views.read_subscription(turn.view)
    subscription = await turn.call(subscriptions.look_at, subscription_id, to_change=True)
    return views.card_options(await turn.call(payment_methods.listed, subscription.property_id), turn.t)


async def suggest_backup(turn: Turn) -> list[Element]:
    """The same, and none."""
    return [views.no_backup(turn.t), *await suggest(turn)]


async def form_with_new_card(asking: Asking, subscription_id: str) -> View:
    """The form with the cards that the property has by now."""
    return await _form(asking, subscription_id)


async def _form(turn: Turn | Asking, subscription_id: str, beneath: Mapping[str, Any] | None = None) -> View:
    subscription = await turn.call(subscriptions.look_at, subscription_id, to_change=True)
    methods = await turn.call(payment_methods.listed, subscription.property_id)
    return views.method_form(subscription, methods, turn.t, await _waits(turn, subscription_id), beneath)


async def choose(turn: Turn) -> payment_methods.CardChoice:
    """The card that was picked in a form pays for its subscription from now on; what waits at the bank is tried."""
    subscription_id, card, backup = views.read_method_form(turn.view)
    await turn.call(payment_methods.refuse_choice, subscription_id, card, backup_id=backup)
    await turn.mark_money_may_move()
    return await turn.ask_bank(payment_methods.choose, subscription_id, card, backup_id=backup)


async def _waits(turn: Turn | Asking, subscription_id: str) -> Money | None:
    """What waits for the payer's bank, and is charged to another card once there is one."""
    unpaid = await turn.call(payments.unpaid, subscription_id)
    return next((one.amount for one in unpaid if one.waiting_for == "authentication"), None)
