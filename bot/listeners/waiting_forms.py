"""Forms that wait for a new card: drawn anew by themselves when the gateway's page is done."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing.services import card_setups
from billing.values.errors import Refusal
from billing.values.events import CardSaved
from bot.blocks import View
from bot.context import Asking, Turn
from bot.listeners import changes, payment_methods, purchases, renewals
from bot.slack_errors import error_name
from bot.views import payment_methods as method_views
from bot.views.changes import CONFIRM
from bot.views.notice import notice
from bot.views.purchase_requests import ASK_RESTART
from bot.views.receipts import card_saved
from bot.views.renewals import CARD, RESTART

log = structlog.get_logger()

# How a form that waits for a card to pay with is drawn anew as it was left; any other one shows the cards.
FORMS: Mapping[str, Callable[[Asking, Mapping[str, Any]], Awaitable[View]]] = MappingProxyType(
    {
        CONFIRM: changes.form_with_new_card,
        RESTART: renewals.form_with_new_card,
        ASK_RESTART: renewals.form_with_new_card,
        CARD: renewals.form_after_decline,
    }
)


async def use(turn: Turn) -> None:
    """ "Use this card": the form beneath that waits for one is drawn anew with it."""
    choice = await payment_methods.choose(turn)
    beneath = method_views.read_beneath(turn.view)
    if drawn_anew := FORMS.get(beneath.get("callback_id", "")):
        form = await drawn_anew(Asking(turn.desk.billing, turn.actor, turn.t), beneath)
        await _redraw(turn.desk.slack, turn.view["previous_view_id"], form)
    await turn.reply(method_views.chosen(choice, turn.t))
    await turn.redraw_homes()


async def card_came(slack: AsyncWebClient, asking: Asking, event: CardSaved) -> None:
    """Draws the form from which the page was opened, and the modal with the link, where they are still open.

    Who may not see it any more, or has closed it, has the direct message.
    """
    try:
        place = await asking.call(card_setups.placed, event.setup_id)
        form = await _form(asking, place)
    except Refusal as refusal:
        log.info("no form is drawn anew", refusal=type(refusal).__name__)
        return
    try:
        if place.get("notice"):
            said = {**notice(card_saved(event, asking.t), asking.t), "external_id": place["notice"]}
            await slack.views_update(external_id=place["notice"], view=said)
    except SlackApiError as error:
        log.info("the modal with the link is closed", error=error_name(error))
    if form is not None:
        await _redraw(slack, place["view_id"], form)


async def _redraw(slack: AsyncWebClient, view_id: str, form: View) -> None:
    try:
        await slack.views_update(view_id=view_id, view=form)
    except SlackApiError as error:
        log.info("the form is closed", error=error_name(error))


async def _form(asking: Asking, place: dict[str, str]) -> View | None:
    if "view_id" not in place:
        return None
    if said := place.get("purchase"):
        return await purchases.form_with_new_card(asking, said)
    view = json.loads(place.get("form", "{}"))
    if drawn_anew := FORMS.get(view.get("callback_id")):
        return await drawn_anew(asking, view)
    return await payment_methods.form_with_new_card(asking, place["subscription_id"])
