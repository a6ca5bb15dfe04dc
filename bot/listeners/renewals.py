"""Renewing: before its end a cancelled subscription goes on, after it a new cycle begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from billing.services import payment_methods, payments, properties, purchase_requests, subscriptions
from billing.values.acts import Act
from billing.values.declines import another_card_helps
from billing.values.refusals import NotSold, PaymentDeclined, PreviewChanged, StillRunning
from bot import sentences
from bot.blocks import Element, View
from bot.context import Asking, Turn
from bot.listeners import picking
from bot.listeners.payment_methods import choose
from bot.views import purchase_requests as request_views
from bot.views import renewals as views
from bot.views.payment_methods import chosen, read_subscription
from bot.views.picking import subscription_options
from bot.views.subscriptions import cancellation_undone, read_undo

# Before its end, and after it.
CAN_RENEW = picking.allows(Act.UNDO_CANCELLATION, Act.RESTART)


async def open_from_words(turn: Turn, words: str) -> None:
    """`/billing renew [add-on]`: the preview, or first the question which subscription."""
    await picking.open_form(turn, words, views.CHOSEN, _question, CAN_RENEW, views.nothing_to_renew(turn.t))


async def open_question(turn: Turn) -> None:
    """The Renew button of one that has ended."""
    await turn.open(await _question(turn, turn.value))


async def show_question(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _question)


async def keep(turn: Turn) -> None:
    """ "Yes, renew" before the end: the cancellation is taken back."""
    restored = await turn.call(
        subscriptions.undo_cancellation, *read_undo(str(turn.view["private_metadata"]))
    )
    await turn.reply(cancellation_undone(restored, turn.t))
    await turn.redraw_homes()


async def choose_card(turn: Turn) -> None:
    """The card for one that has ended was chosen: what it costs with that one is shown next."""
    choice = await choose(turn)
    if choice.tried is not None:
        await turn.reply(chosen(choice, turn.t))
        await turn.redraw_homes()
        return
    await turn.show(await _question(turn, choice.subscription.id))


async def restart(turn: Turn) -> None:
    """ "Yes, renew" after the end: what it costs now must be what was shown, else it is shown anew.

    Where the card was declined, another one can be chosen in its place.
    """
    confirmed = views.read_confirmation(turn.view)
    has = await turn.call(subscriptions.look_at, confirmed.subscription_id, to_change=True)
    await turn.mark_money_may_move()
    try:
        now = await turn.ask_bank(
            subscriptions.restart,
            confirmed.subscription_id,
            key=confirmed.key,
            expected_quote=confirmed.expected_quote,
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal)
        return
    except PaymentDeclined as refusal:
        if not another_card_helps(refusal.reason):
            raise
        declined = sentences.sentence(refusal, turn.t)
        methods = await turn.call(payment_methods.listed, has.property_id)
        await turn.show(views.card_question(has, methods, declined, turn.t))
        return
    waiting = await turn.call(payments.unpaid, confirmed.subscription_id)
    await turn.reply(views.restarted(now, next(iter(waiting), None), turn.t))
    await turn.redraw_homes()


async def ask(turn: Turn) -> None:
    """ "Ask for approval": the same, which another admin is asked for."""
    confirmed = views.read_confirmation(turn.view)
    try:
        asked = await turn.call(
            purchase_requests.ask_restart,
            confirmed.subscription_id,
            key=confirmed.key,
            expected_quote=confirmed.expected_quote,
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal)
        return
    await turn.reply(request_views.asked(asked, turn.t))


async def _show_anew(turn: Turn, refusal: PreviewChanged) -> None:
    again = sentences.sentence(refusal, turn.t)
    await turn.show(views.restart_confirmation(refusal.quote, uuid4().hex, turn.t, again))


async def suggest(turn: Turn) -> list[Element]:
    """What can be renewed."""
    page = await turn.call(properties.purchases, to_change=True)
    choices = [one for one in (*page.running, *page.ended) if CAN_RENEW(one)]
    return subscription_options(choices, turn.t)


async def form_with_new_card(asking: Asking, view: Mapping[str, Any]) -> View:
    """The question with the card that pays for it by now."""
    return await _question(asking, views.read_confirmation(view).subscription_id)


async def form_after_decline(asking: Asking, view: Mapping[str, Any]) -> View:
    """The same where the card was declined, and another one was added."""
    return await _question(asking, read_subscription(view))


async def _question(turn: Turn | Asking, subscription_id: str) -> View:
    """What renewing means for it, as it stands now. Raises NotCancelled for what goes on by itself."""
    snapshot = await turn.call(subscriptions.look_at, subscription_id, to_change=True)
    if Act.UNDO_CANCELLATION in snapshot.allowed:
        return views.keep_question(snapshot, turn.t)
    try:
        quote = await turn.call(subscriptions.preview_restart, subscription_id, needs_card=False)
    except StillRunning:
        kept = await turn.call(subscriptions.preview_undo_cancellation, subscription_id)
        return views.keep_question(kept, turn.t)
    except NotSold:
        return views.no_longer_sold(snapshot, turn.t)
    return views.restart_confirmation(quote, uuid4().hex, turn.t)
