"""Transferring a subscription to another property."""

from __future__ import annotations

from dataclasses import replace

from billing.services import subscriptions, transfers
from billing.values.acts import Act
from billing.values.refusals import ChangedMeanwhile, SameProperty
from bot.blocks import Element
from bot.context import Turn
from bot.listeners import picking
from bot.views import transfers as views
from bot.views.picking import subscription_options
from bot.views.properties import property_options


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing transfer [add-on]`: the question which one is part of the form."""
    choices = await turn.call(transfers.choices)
    can = _transferable(choices.subscriptions)
    others = [one for one in choices.subscriptions if one not in can]
    meant = tuple(picking.meant_by(words, can, others))
    # The one that is named is in the list even if it cannot go: its form says why not.
    shown = (*can, *(one for one in meant if one not in can)) if len(meant) == 1 else meant
    chosen = meant[0] if len(meant) == 1 else None
    await turn.open(views.transfer_form(replace(choices, subscriptions=shown), chosen, turn.t))


async def open_form(turn: Turn) -> None:
    """The Transfer entry of one subscription."""
    choices = await turn.call(transfers.choices, turn.value)
    await turn.open(views.transfer_form(choices, choices.subscriptions[0], turn.t))


async def confirm(turn: Turn) -> None:
    """What and where to is chosen: shows what will happen, and asks."""
    await _show_confirmation(turn, views.read_form(turn.view))


async def transfer(turn: Turn) -> None:
    """ "Yes, transfer": it must be what was shown, else it is shown anew."""
    form = views.read_confirmation(turn.view)
    try:
        moved = await turn.call(
            transfers.transfer, form.subscription_id, form.property_id, expected=form.expected
        )
    except ChangedMeanwhile:
        await _show_confirmation(turn, form, is_again=True)
        return
    except SameProperty:  # the form was pressed again: what came of it is said once more
        moved = await turn.call(subscriptions.look_at, form.subscription_id)
    await turn.reply(views.transferred(moved, turn.t))
    await turn.redraw_homes()


async def _show_confirmation(turn: Turn, form: views.TransferForm, *, is_again: bool = False) -> None:
    before = await turn.call(subscriptions.look_at, form.subscription_id)
    after = await turn.call(transfers.preview_transfer, form.subscription_id, form.property_id)
    await turn.show(views.transfer_confirmation(before, after, turn.t, is_again=is_again))


async def suggest_subscriptions(turn: Turn) -> list[Element]:
    """What can be transferred from the chosen property."""
    choices = await turn.call(transfers.choices)
    return subscription_options(_transferable(choices.subscriptions), turn.t)


async def suggest_properties(turn: Turn) -> list[Element]:
    """Where it can go to."""
    return property_options((await turn.call(transfers.choices)).properties)


def _transferable(subscriptions: picking.Subscriptions) -> picking.Subscriptions:
    """Those that can go elsewhere now; where none can, all: the one that is chosen says why not."""
    can = picking.allows(Act.TRANSFER)
    return [one for one in subscriptions if can(one)] or subscriptions
