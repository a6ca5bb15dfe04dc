"""Changing plan, interval or quantity, taking a planned change back, and why nothing can be paused."""

from __future__ import annotations

from uuid import uuid4

from billing.services import changes, plans, properties, subscriptions
from billing.services.changes import PlanSelection
from billing.values.acts import Act
from billing.values.errors import Refusal
from billing.values.refusals import BadQuantity, PreviewChanged, SamePlan
from bot import sentences
from bot.blocks import Block, Element, View, section
from bot.context import Turn
from bot.listeners.subscriptions import named, suggest_for
from bot.views import changes as views
from bot.views.addresses import choose_subscription, read_choice
from bot.views.quotes import quote_blocks


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing change [add-on]`: the form, or first the question which subscription."""
    page = await turn.call(properties.purchases, to_change=True)
    # What cannot be changed says why not, where it is named or alone.
    choices = tuple(one for one in page.running if Act.CHANGE in one.allowed) or page.running
    chosen = choices[0] if len(choices) == 1 else named(page.running, words)
    if chosen is not None:
        await turn.open(await _empty_form(turn, chosen.id))
    else:
        await turn.open(choose_subscription(choices, views.OPEN, turn.t))


async def open_form(turn: Turn) -> None:
    """The Change plan button of one subscription."""
    await turn.open(await _empty_form(turn, turn.value))


async def show_form(turn: Turn) -> None:
    """The question which subscription was answered."""
    await turn.show(await _empty_form(turn, read_choice(turn.view)))


async def preview(turn: Turn) -> None:
    """Another plan or quantity was chosen: shows what it would cost."""
    form = views.read_form(turn.view)
    choices = await turn.call(plans.choices, form.subscription_id)
    await turn.refresh(views.change_form(choices, form, await _previewed(turn, form), turn.t))


async def confirm(turn: Turn) -> None:
    """The choice is made: shows what will be done, and asks."""
    form = views.read_form(turn.view)
    try:
        quote = await turn.call(changes.preview_change, form.subscription_id, _wish(form))
    except (SamePlan, BadQuantity) as refusal:
        field = "plan" if isinstance(refusal, SamePlan) else "quantity"
        await turn.ack(response_action="errors", errors={field: sentences.sentence(refusal, turn.t)})
        return
    await turn.show(views.change_confirmation(quote, form, uuid4().hex, turn.t))


async def change(turn: Turn) -> None:
    """ "Yes, change plan": what it costs now must be what was shown, else it is shown anew."""
    asked = views.read_confirmation(turn.view)
    form = asked.form
    before = await turn.call(subscriptions.look_at, form.subscription_id, to_change=True)
    await turn.mark_money_may_move(asked.key)
    try:
        done = await turn.ask_bank(
            changes.change, form.subscription_id, _wish(form), key=asked.key, expected_quote=asked.seen
        )
    except PreviewChanged as refusal:
        again = sentences.sentence(refusal, turn.t)
        await turn.show(views.change_confirmation(refusal.quote, form, uuid4().hex, turn.t, again))
        return
    await turn.reply(views.changed(before, done.subscription, done.payment, turn.t))
    await turn.redraw_homes()


async def undo(turn: Turn) -> None:
    """The Undo button of a planned change, on the page, in the modal or in the channel."""
    kept = await turn.call(changes.undo_change, *views.read_undo(turn.value))
    if turn.view.get("type") != "home":
        await turn.reply(views.change_undone(kept, turn.t))
    await turn.redraw_homes()


async def open_pause_from_words(turn: Turn, words: str) -> None:
    """`/billing pause [add-on]`: there is none, and the reason is the one of that subscription."""
    page = await turn.call(properties.purchases, to_change=True)
    chosen = page.running[0] if len(page.running) == 1 else named(page.running, words)
    if chosen is not None:
        await turn.call(changes.refuse_pause, chosen.id)
    else:
        await turn.open(choose_subscription(page.running, views.PAUSE, turn.t))


async def refuse_pause(turn: Turn) -> None:
    """The question which subscription was answered."""
    await turn.call(changes.refuse_pause, read_choice(turn.view))


async def suggest_subscriptions(turn: Turn) -> list[Element]:
    """What can be changed."""
    return await suggest_for(turn, Act.CHANGE)


async def suggest_plans(turn: Turn) -> list[Element]:
    """What that subscription can be changed to."""
    form = views.read_form(turn.view)
    return views.plan_options((await turn.call(plans.choices, form.subscription_id)).offers, turn.t)


async def _empty_form(turn: Turn, subscription_id: str) -> View:
    return views.change_form(await turn.call(plans.choices, subscription_id), None, (), turn.t)


async def _previewed(turn: Turn, form: views.ChangeForm) -> list[Block]:
    """What it would cost, or in the same place why it cannot be."""
    try:
        return quote_blocks(
            await turn.call(changes.preview_change, form.subscription_id, _wish(form)), turn.t
        )
    except Refusal as refusal:
        return [section(sentences.sentence(refusal, turn.t))]


def _wish(form: views.ChangeForm) -> PlanSelection:
    return PlanSelection(form.plan_id, form.interval, form.quantity)
