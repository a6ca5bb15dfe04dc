"""Cancelling a subscription, and taking that back."""

from __future__ import annotations

from billing.services import properties, subscriptions
from billing.values.acts import Act
from billing.values.refusals import ChangedMeanwhile
from bot.blocks import Element
from bot.context import Turn
from bot.listeners import picking
from bot.views import subscriptions as views
from bot.views.picking import subscription_options


async def open_cancel_from_words(turn: Turn, words: str) -> None:
    """`/billing cancel [add-on]`: the question which one is part of the form."""
    page = await turn.call(properties.purchases, to_change=True)
    can_cancel = picking.allows(Act.CANCEL)
    choices = [one for one in page.running if can_cancel(one)]
    others = [one for one in (*page.running, *page.ended) if not can_cancel(one)]
    meant = picking.meant_by(words, choices, others)
    if len(meant) != 1:
        await turn.open(views.cancel_form(meant, None, turn.t))
        return
    if meant[0] in others:
        await turn.call(subscriptions.preview_cancel, meant[0].id, views.REASONS[-1][0])  # says why not
    await turn.open(views.cancel_form(choices, meant[0], turn.t))


async def open_cancel(turn: Turn) -> None:
    """The Cancel button of one subscription."""
    chosen = await turn.call(subscriptions.look_at, turn.value, to_change=True)
    await turn.open(views.cancel_form((chosen,), chosen, turn.t))


async def confirm_cancel(turn: Turn) -> None:
    """The reason was given: shows what will happen, and asks."""
    form = views.read_cancel_form(turn.view)
    preview = await turn.call(subscriptions.preview_cancel, form.subscription_id, form.reason)
    await turn.show(views.cancel_confirmation(preview, form.reason, turn.t))


async def cancel(turn: Turn) -> None:
    """ "Yes, cancel subscription": it must be what was shown, else it is shown anew."""
    form = views.read_cancel_confirmation(turn.view)
    about = (form.subscription_id, form.reason)
    try:
        cancelled = await turn.call(subscriptions.cancel, *about, expected=form.expected)
    except ChangedMeanwhile:
        preview = await turn.call(subscriptions.preview_cancel, *about)
        await turn.show(views.cancel_confirmation(preview, form.reason, turn.t, is_again=True))
        return
    await turn.reply(views.cancelled(cancelled, turn.t))
    await turn.redraw_homes()


async def undo_cancellation(turn: Turn) -> None:
    """The Undo button, on the page, in the modal or in the channel."""
    restored = await turn.call(subscriptions.undo_cancellation, *views.read_undo(turn.value))
    if turn.view.get("type") != "home":
        await turn.reply(views.cancellation_undone(restored, turn.t))
    await turn.redraw_homes()


async def suggest(turn: Turn) -> list[Element]:
    """What is running in the chosen property."""
    return subscription_options((await turn.call(properties.purchases, to_change=True)).running, turn.t)


async def suggest_to_cancel(turn: Turn) -> list[Element]:
    """What can be cancelled."""
    return await suggest_for(turn, Act.CANCEL)


async def suggest_for(turn: Turn, act: Act) -> list[Element]:
    """What of that allows it."""
    running = (await turn.call(properties.purchases, to_change=True)).running
    return subscription_options([one for one in running if act in one.allowed], turn.t)


async def suggest_all(turn: Turn) -> list[Element]:
    """The same with what has ended, for those who only read."""
    page = await turn.call(properties.purchases)
    return subscription_options((*page.running, *page.ended), turn.t)
