"""Cancelling a subscription, and taking that back."""

from __future__ import annotations

from billing.services import properties, subscriptions
from billing.values.acts import Act
from billing.values.errors import BadFields
from billing.values.snapshots import SubscriptionSnapshot
from bot import sentences
from bot.blocks import Element
from bot.context import Turn
from bot.views import subscriptions as views


def named(choices: tuple[SubscriptionSnapshot, ...], words: str) -> SubscriptionSnapshot | None:
    """The one subscription that the words of a command mean: `remove-branding`, `AI Assist`, `ai`."""
    wanted = words.casefold().replace("-", " ")
    fitting = [c for c in choices if f"{c.add_on} {c.plan}".casefold().replace("-", " ").startswith(wanted)]
    return fitting[0] if wanted and len(fitting) == 1 else None


async def open_cancel_from_words(turn: Turn, words: str) -> None:
    """`/billing cancel [add-on]`."""
    page = await turn.call(properties.purchases, to_change=True)
    running = tuple(one for one in page.running if Act.CANCEL in one.allowed)
    await turn.open(views.cancel_form(running, named(running, words), turn.t))


async def open_cancel(turn: Turn) -> None:
    """The Cancel button of one subscription."""
    chosen = await turn.call(subscriptions.look_at, turn.value, to_change=True)
    await turn.open(views.cancel_form((chosen,), chosen, turn.t))


async def confirm_cancel(turn: Turn) -> None:
    """The reason was given: shows what will happen, and asks."""
    form = views.read_cancel_form(turn.view)
    try:
        preview = await turn.call(subscriptions.preview_cancel, form.subscription_id, form.reason)
    except BadFields as refusal:
        await turn.ack(response_action="errors", errors=sentences.field_errors(refusal, turn.t, turn.inputs))
        return
    await turn.show(views.cancel_confirmation(preview, form.reason, turn.t))


async def cancel(turn: Turn) -> None:
    """ "Yes, cancel subscription"."""
    form = views.read_cancel_confirmation(turn.view)
    cancelled = await turn.call(subscriptions.cancel, form.subscription_id, form.reason)
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
    return views.subscription_options((await turn.call(properties.purchases, to_change=True)).running, turn.t)


async def suggest_to_cancel(turn: Turn) -> list[Element]:
    """What can be cancelled."""
    return await suggest_for(turn, Act.CANCEL)


async def suggest_for(turn: Turn, act: Act) -> list[Element]:
    """What of that allows it."""
    running = (await turn.call(properties.purchases, to_change=True)).running
    return views.subscription_options([one for one in running if act in one.allowed], turn.t)
