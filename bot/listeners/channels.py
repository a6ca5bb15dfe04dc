"""Choosing the channel in which a property's team is told, and what it is told."""

from __future__ import annotations

import structlog

from billing.services import channels, properties
from billing.values.channels import ChannelProblem
from bot.channels import look_at
from bot.context import Desk, Turn
from bot.people import SLACK_ERRORS
from bot.refusals import NotInChannel, SharedChannel
from bot.runner import in_thread
from bot.views import channels as views

log = structlog.get_logger()

# What an invitation of the app mends.
NOT_THERE = (ChannelProblem.NOT_IN_IT, ChannelProblem.NOT_FOUND)


async def open_form(turn: Turn) -> None:
    """`/billing channel`, and the button under the message that nothing can be announced there."""
    prop, trouble = await turn.call(channels.look_at, turn.value or None)
    await turn.open(views.channel_form(prop, trouble, turn.t))


async def choose(turn: Turn) -> None:
    """The form was submitted."""
    form = views.read_channel_form(turn.view)
    await turn.call(properties.look_at, form.property_id, to_change=True)
    is_private = await _refuse_unfit(turn, form.channel)
    chosen = await turn.call(properties.announce_in, form.property_id, form.channel, form.topics)
    about = (turn.desk.billing, turn.desk.workspace_id, form.channel)
    await in_thread(channels.seen, *about, is_private=is_private)
    await turn.reply(views.chosen(chosen, turn.t))


async def turn_off(turn: Turn) -> None:
    """The Turn off button: nothing is announced any more."""
    await turn.reply(views.chosen(await turn.call(properties.announce_in, turn.value, None), turn.t))


async def changed(desk: Desk, channel: str) -> None:
    """Slack said that something happened to the channel: looks whether it can be told of anybody's billing."""
    is_told = channel == desk.support.channel
    if not (is_told or await in_thread(channels.is_told, desk.billing, desk.workspace_id, channel)):
        return
    try:
        problem = await problem_of(desk, channel)
    except SLACK_ERRORS as trouble:  # it is looked at again when something is to be announced there
        log.warning("Slack did not say what a channel is", trouble=type(trouble).__name__)
        return
    if problem is not None:
        await in_thread(channels.found_unusable, desk.billing, desk.workspace_id, channel, problem)
    else:
        await in_thread(channels.found_usable, desk.billing, desk.workspace_id, channel)
    desk.wake()


async def problem_of(desk: Desk, channel: str) -> ChannelProblem | None:
    """Why nothing is announced there, if so. Raises SlackApiError and others where Slack doesn't say.

    In the channel of the support anybody of the workspace may read.
    """
    seen = await look_at(desk.slack, channel)
    if seen.problem is not None or channel == desk.support.channel:
        return seen.problem
    about = (desk.billing, desk.workspace_id, channel)
    return await in_thread(channels.seen, *about, is_private=seen.is_private)


async def _refuse_unfit(turn: Turn, channel: str) -> bool:
    """Raises NotInChannel and SharedChannel; answers whether the channel is private."""
    problem, is_private = await look_at(turn.desk.slack, channel)
    if problem in NOT_THERE:
        raise NotInChannel
    if problem is not None:
        raise SharedChannel
    return is_private
