"""Choosing the channel in which a property's team is told, and what it is told."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

from billing.services import properties
from bot.context import Turn
from bot.refusals import NotInChannel, SharedChannel
from bot.views import channels as views

# Slack's words for a channel that the app cannot see.
UNSEEN = ("channel_not_found", "not_in_channel")


async def open_form(turn: Turn) -> None:
    """`/billing channel`."""
    await turn.open(views.channel_form(await turn.call(properties.look_at, to_change=True), turn.t))


async def choose(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_channel_form(turn.view)
    await turn.call(properties.look_at, form.property_id, to_change=True)
    await _refuse_unfit(turn, form.channel)
    chosen = await turn.call(properties.announce_in, form.property_id, form.channel, form.topics)
    await turn.reply(views.chosen(chosen, turn.t))


async def turn_off(turn: Turn) -> None:
    """The Turn off button: nothing is announced any more."""
    await turn.reply(views.chosen(await turn.call(properties.announce_in, turn.value, None), turn.t))


async def _refuse_unfit(turn: Turn, channel: str) -> None:
    try:
        found = (await turn.desk.slack.conversations_info(channel=channel))["channel"]
    except SlackApiError as error:
        if error.response.get("error") in UNSEEN:
            raise NotInChannel from None
        raise
    if any(found.get(mark) for mark in ("is_ext_shared", "is_pending_ext_shared", "is_im", "is_archived")):
        raise SharedChannel
    if not found.get("is_member"):
        raise NotInChannel
