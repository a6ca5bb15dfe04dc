"""Changing plan, interval or quantity, taking a planned change back, and why nothing can be paused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import uuid4

from billing.services import changes, plans, purchase_requests, subscriptions
from billing.services.changes import PlanSelection
from billing.values.acts import Act
from billing.values.errors import Refusal
from billing.values.refusals import AlreadyEnded, PreviewChanged
from bot import sentences
from bot.blocks import Block, Element, View, section
from bot.context import Asking, Turn
from bot.listeners import picking
from bot.listeners.subscriptions import suggest_for
from bot.views import changes as views
from bot.views import purchase_requests as request_views
from bot.views.payment_methods import missing_card
from bot.views.phrases import terms_of
from bot.views.picking import read_choice
from bot.views.quotes import quote_blocks


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing change [add-on]`: the form, or first the question which subscription."""
    can_change = picking.allows(Act.CHANGE)
    await picking.open_form(turn, words, views.OPEN, _empty_form, can_change, views.nothing_to_change(turn.t))


async def open_form(turn: Turn) -> None:
    """The Change plan button of one subscription."""
    await turn.open(await _empty_form(turn, turn.value))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await picking.show_form(turn, _empty_form)


async def preview(turn: Turn) -> None:
    """Another plan or quantity was chosen: shows what it would cost."""
    form = views.read_form(turn.view)
    choices = await turn.call(plans.choices, form.subscription_id)
    await turn.show(views.change_form(choices, form, await _previewed(turn, form), turn.t))


async def confirm(turn: Turn) -> None:
    """The choice is made: shows what will be done, and asks."""
    form = views.read_form(turn.view)
    quote = await turn.call(changes.preview_change, form.subscription_id, _selection(form))
    await turn.show(views.change_confirmation(quote, form, uuid4().hex, turn.t))


async def change(turn: Turn) -> None:
    """ "Yes, change plan": what it costs now must be what was shown, else it is shown anew."""
    confirmed = views.read_confirmation(turn.view)
    form = confirmed.form
    before = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
    await turn.mark_money_may_move()
    try:
        done = await turn.ask_bank(
            changes.change,
            form.subscription_id,
            _selection(form),
            key=confirmed.key,
            expected_quote=confirmed.expected_quote,
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal, form)
        return
    gone = views.Gone(done.lost, done.replaced, terms_of(before))
    await turn.reply(views.changed(done.subscription, done.payment, turn.t, gone))
    await turn.redraw_homes()


async def ask(turn: Turn) -> None:
    """ "Ask for approval": the same, which another admin is asked for."""
    confirmed = views.read_confirmation(turn.view)
    form = confirmed.form
    try:
        asked = await turn.call(
            purchase_requests.ask_change,
            form.subscription_id,
            _selection(form),
            key=confirmed.key,
            expected_quote=confirmed.expected_quote,
        )
    except PreviewChanged as refusal:
        await _show_anew(turn, refusal, form)
        return
    await turn.reply(request_views.asked(asked, turn.t))


async def _show_anew(turn: Turn, refusal: PreviewChanged, form: views.ChangeForm) -> None:
    again = sentences.sentence(refusal, turn.t)
    await turn.show(views.change_confirmation(refusal.quote, form, uuid4().hex, turn.t, again))


async def undo(turn: Turn) -> None:
    """The Undo button of a planned change, on the page, in the modal or in the channel."""
    kept = await turn.call(changes.undo_change, *views.read_undo(turn.value))
    if turn.view.get("type") != "home":
        await turn.reply(views.change_undone(kept, turn.t))
    await turn.redraw_homes()


async def open_pause_from_words(turn: Turn, words: str) -> None:
    """`/billing pause [add-on]`: there is none, and the reason is the one of that subscription."""
    await picking.open_form(turn, words, views.PAUSE, _no_pause, picking.is_running)


async def refuse_pause(turn: Turn) -> None:
    """The question which subscription was answered."""
    await _no_pause(turn, read_choice(turn.view))


async def suggest_subscriptions(turn: Turn) -> list[Element]:
    """What can be changed."""
    return await suggest_for(turn, Act.CHANGE)


async def suggest_plans(turn: Turn) -> list[Element]:
    """What that subscription can be changed to."""
    form = views.read_form(turn.view)
    return views.plan_options((await turn.call(plans.choices, form.subscription_id)).offers, turn.t)


async def _empty_form(turn: Turn, subscription_id: str) -> View:
    return views.change_form(await turn.call(plans.choices, subscription_id), None, (), turn.t)


async def _no_pause(turn: Turn, subscription_id: str) -> NoReturn:
    """Raises CannotPause, or AlreadyEnded for what is over."""
    subscription = await turn.call(subscriptions.look_at, subscription_id, to_change=True)
    if subscription.ended_at is not None:
        raise AlreadyEnded(subscription.ended_at, subscription.time_zone)
    await turn.call(changes.refuse_pause, subscription_id)
    raise AssertionError("no subscription can be paused")


async def form_with_new_card(asking: Asking, view: Mapping[str, Any]) -> View:
    """The form as it was left, with the card that pays for it by now."""
    form = views.read_form(view)
    choices = await asking.call(plans.choices, form.subscription_id)
    return views.change_form(choices, form, await _previewed(asking, form), asking.t)


async def _previewed(turn: Turn | Asking, form: views.ChangeForm) -> list[Block]:
    """What it would cost, also before there is a card; or in the same place why it cannot be."""
    try:
        quote = await turn.call(
            changes.preview_change, form.subscription_id, _selection(form), needs_card=False
        )
        return [
            *quote_blocks(quote, turn.t),
            *missing_card(quote, turn.t),
            *request_views.needed(quote, turn.t),
        ]
    except Refusal as refusal:
        return [section(sentences.sentence(refusal, turn.t))]


def _selection(form: views.ChangeForm) -> PlanSelection:
    return PlanSelection(form.plan_id, form.interval, form.quantity)
