"""Transferring a subscription to another property."""

from __future__ import annotations

from billing.services import subscriptions, transfers
from billing.values.errors import Refusal
from billing.values.refusals import AlreadyBought, LegacyPrice, NotSoldThere, NotTransferable, SameProperty
from bot import sentences
from bot.blocks import Element
from bot.context import Turn
from bot.listeners.subscriptions import named
from bot.views import transfers as views
from bot.views.properties import property_options
from bot.views.subscriptions import subscription_options


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing transfer [add-on]`."""
    choices = await turn.call(transfers.choices)
    await turn.open(views.transfer_form(choices, named(choices.subscriptions, words), turn.t))


async def open_form(turn: Turn) -> None:
    """The Transfer entry of one subscription."""
    choices = await turn.call(transfers.choices, turn.value)
    await turn.open(views.transfer_form(choices, choices.subscriptions[0], turn.t))


async def confirm(turn: Turn) -> None:
    """What and where to is chosen: shows what will happen, and asks. What stands against it stands beside it."""
    form = views.read_form(turn.view)
    before = await turn.call(subscriptions.look_at, form.subscription_id)
    try:
        after = await turn.call(transfers.preview_transfer, form.subscription_id, form.property_id)
    except (NotTransferable, LegacyPrice) as refusal:
        await _say_beside(turn, "subscription_id", refusal)
    except (NotSoldThere, SameProperty) as refusal:
        await _say_beside(turn, "property_id", refusal)
    except AlreadyBought:
        await turn.ack(response_action="errors", errors={"property_id": views.has_it_already(turn.t)})
    else:
        await turn.show(views.transfer_confirmation(before, after, turn.t))


async def transfer(turn: Turn) -> None:
    """ "Yes, transfer"."""
    form = views.read_confirmation(turn.view)
    moved = await turn.call(transfers.transfer, form.subscription_id, form.property_id)
    await turn.reply(views.transferred(moved, turn.t))
    await turn.redraw_homes()


async def suggest_subscriptions(turn: Turn) -> list[Element]:
    """What can be transferred from the chosen property."""
    return subscription_options((await turn.call(transfers.choices)).subscriptions, turn.t)


async def suggest_properties(turn: Turn) -> list[Element]:
    """Where it can go to."""
    return property_options((await turn.call(transfers.choices)).properties)


async def _say_beside(turn: Turn, field: str, refusal: Refusal) -> None:
    await turn.ack(response_action="errors", errors={field: sentences.sentence(refusal, turn.t)})
