"""Credit notes and refunds that wait for another operator: asked for, shown, approved or declined."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from billing import Actor
from billing.i18n import Translator
from billing.services import approvals
from billing.values.refusals import PaymentInProgress, RequestClosed
from billing.values.snapshots import ApprovalSnapshot
from bot import i18n
from bot.blocks import Message
from bot.context import Turn
from bot.listeners.operators import admitted, ask_bank, call
from bot.people import SLACK_ERRORS
from bot.refusals import SlackUnavailable
from bot.views import approvals as views
from bot.views import operators as operator_views
from bot.views.operator_acts import not_credited

R = TypeVar("R")
log = structlog.get_logger()


async def show(turn: Turn) -> None:
    """`/billing-operator requests`."""
    await turn.reply(views.requests(await call(turn, approvals.requests), turn.t))


async def announce(turn: Turn, asked: ApprovalSnapshot) -> None:
    """Somebody asked: the others are shown it in their channel, if there is one, and who asked reads what comes."""
    if asked.state != "open" or asked.channel:  # the form came twice
        await turn.reply(views.request(asked, turn.t))
        return
    is_untold = False
    if place := admitted(turn).billing.operator_channel:
        message = views.request(asked, i18n.words(turn.desk.workspace_language))
        try:
            posted = await turn.desk.slack.chat_postMessage(
                channel=place.channel, text=message.text, blocks=message.blocks
            )
        except SLACK_ERRORS as trouble:
            log.warning("a request was not posted", request=asked.id, trouble=type(trouble).__name__)
            is_untold = True
        else:
            await call(turn, approvals.shown_at, asked, posted["channel"], posted["ts"])
    await turn.reply(views.waits(turn.t, is_untold=is_untold))


async def open_review(turn: Turn) -> None:
    """The Approve button: what it would do now."""
    place = operator_views.read_place(turn.value)
    try:
        seen = await _open(turn, place, call(turn, approvals.review, *place))
    except PaymentInProgress as why:
        await _not_credited(turn, place, why)
    else:
        await turn.open(views.review(seen, turn.t))


async def approve(turn: Turn) -> None:
    """ "Approve and credit", "Approve and refund"."""
    place = views.read_place(turn.view)
    await call(turn, approvals.look, *place)
    await turn.mark_money_may_move()
    try:
        done = await _open(turn, place, ask_bank(turn, approvals.approve, *place))
    except PaymentInProgress as why:
        await _not_credited(turn, place, why)
        return
    asked = await call(turn, approvals.look, *place)
    await _tell(turn, asked, partial(views.approved, asked, done))


async def decline(turn: Turn) -> None:
    """The Decline button."""
    place = operator_views.read_place(turn.value)
    asked = await _open(turn, place, call(turn, approvals.decline, *place))
    await _tell(turn, asked, partial(views.request, asked))


async def _not_credited(turn: Turn, place: tuple[str, str], why: PaymentInProgress) -> None:
    asked = await call(turn, approvals.look, *place)
    await turn.reply(not_credited(asked.of, why, turn.t))


async def _open(turn: Turn, place: tuple[str, str], answer: Awaitable[R]) -> R:
    """What a service answers; the message of a request that is closed by now is shown as it is."""
    try:
        return await answer
    except RequestClosed:
        await _redraw(turn, await call(turn, approvals.look, *place))
        raise


async def _tell(turn: Turn, asked: ApprovalSnapshot, say: Callable[[Translator], Message]) -> None:
    """What came of it: to who decided, in the channel's message, and to who asked."""
    await turn.reply(say(turn.t))
    await _redraw(turn, asked)
    if asked.requested_by == turn.actor.user_id:
        return
    asker = Actor(turn.actor.workspace_id, asked.requested_by)
    try:
        profile = await turn.desk.people.profile(asker)
        message = say(i18n.words(profile.language))
        opened = await turn.desk.slack.conversations_open(users=asked.requested_by)
        await turn.desk.slack.chat_postMessage(
            channel=opened["channel"]["id"], text=message.text, blocks=message.blocks
        )
    except (*SLACK_ERRORS, SlackUnavailable) as trouble:
        log.warning("who asked was not told", request=asked.id, trouble=type(trouble).__name__)


async def _redraw(turn: Turn, asked: ApprovalSnapshot) -> None:
    if not asked.channel:
        return
    message = views.request(asked, i18n.words(turn.desk.workspace_language))
    try:
        await turn.desk.slack.chat_update(
            channel=asked.channel, ts=asked.ts, text=message.text, blocks=message.blocks
        )
    except SLACK_ERRORS as trouble:
        log.warning("a request stays as it was", request=asked.id, trouble=type(trouble).__name__)
