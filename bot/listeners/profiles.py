"""Changing the billing profile of a property, and letting a subscription follow it again."""

from __future__ import annotations

from billing.services import profiles
from billing.values.buyers import typed_profile
from bot.blocks import Message
from bot.context import Turn
from bot.listeners import vat_numbers
from bot.views import following
from bot.views import profiles as views


async def open_form(turn: Turn) -> None:
    """`/billing profile`, and Edit beside the profile; in the form of one subscription it takes its place."""
    form = views.profile_form(await turn.call(profiles.look_at, turn.value or None), turn.t)
    await (turn.show(form) if turn.view.get("type") == "modal" else turn.open(form))


async def change(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_profile_form(turn.view)
    said = await vat_numbers.asked(turn, form.property_id, *typed_profile(form.values))
    if said is None:
        return
    changed = await turn.call(profiles.change, form.property_id, form.values, form.seen)
    message = views.profile_changed(changed, turn.t)
    await turn.reply(Message(message.text, [*message.blocks, *said]))
    await turn.redraw_homes()


async def follow(turn: Turn) -> None:
    """ "Follow the profile" in the form of a subscription that has its own billing details."""
    followed = await turn.call(profiles.follow, turn.value)
    await turn.reply(following.follows_again(followed, turn.t))
    await turn.redraw_homes()
