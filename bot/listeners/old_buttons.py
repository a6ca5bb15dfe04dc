"""Old buttons: a message whose button means nothing any more is shown without it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from billing.services import outbox
from billing.values import refusals
from billing.values.events import PropertyEvent
from bot import i18n
from bot.blocks import Block
from bot.context import Turn
from bot.people import SLACK_ERRORS
from bot.refusals import Outdated
from bot.runner import in_thread
from bot.views import announcements

# What is so for everybody who may press the button at all: it will mean nothing again.
OVER = (
    refusals.AlreadyCancelled,
    refusals.AlreadyEnded,
    refusals.NobodyToReplace,
    refusals.NotCancelled,
    refusals.NothingPending,
    refusals.NothingToPay,
    refusals.PurchaseRequestClosed,
    refusals.RequestDeclined,
    refusals.RoleGiven,
    refusals.StillRunning,
    Outdated,
)
log = structlog.get_logger()


def stands_in_private_answer(turn: Turn) -> bool:
    """Whether the button was pressed in an answer that only this person sees, which can be replaced as a whole."""
    return bool(turn.part("container").get("is_ephemeral"))


async def retire(turn: Turn) -> None:
    """Takes the pressed button off its message, unless that says something newer by now."""
    place, message = turn.part("container"), turn.part("message")
    if place.get("type") != "message" or place.get("is_ephemeral"):
        return
    channel, ts, text = place.get("channel_id"), place.get("message_ts"), message.get("text")
    if not (isinstance(channel, str) and isinstance(ts, str) and isinstance(text, str)):
        return
    newest = await in_thread(
        outbox.said_in, turn.desk.billing, turn.desk.workspace_id, (channel, turn.actor.user_id), ts
    )
    if newest is not None and not _has_button(turn, newest):
        return  # the courier redraws it, or has
    try:
        await turn.desk.slack.chat_update(
            channel=channel, ts=ts, text=text, blocks=_without(turn, message.get("blocks") or [])
        )
    except SLACK_ERRORS as trouble:
        log.warning("an old button stays", trouble=type(trouble).__name__)


async def retire_in_private(turn: Turn) -> None:
    """The same after it did its work, in a direct message: what a channel is told is redrawn by what is told next."""
    if str(turn.part("container").get("channel_id")).startswith("D"):
        await retire(turn)


def _has_button(turn: Turn, event: PropertyEvent) -> bool:
    t = i18n.words(turn.desk.workspace_language)
    blocks = announcements.for_one(event, t).blocks
    return _without(turn, blocks) != blocks


def _without(turn: Turn, blocks: list[Block]) -> list[Block]:
    """The blocks without the pressed button; a row of which it was the only one goes with it."""
    pressed = (turn.action.get("action_id"), turn.value)

    def is_other(element: Mapping[str, Any]) -> bool:
        return (element.get("action_id"), str(element.get("value") or "")) != pressed

    rows = [
        {**block, "elements": [one for one in block["elements"] if is_other(one)]}
        if block["type"] == "actions"
        else block
        for block in blocks
    ]
    return [block for block in rows if block.get("elements") != []]


def is_over(refusal: Any) -> bool:
    """Whether the button that met this refusal is an old one."""
    return isinstance(refusal, OVER)


async def outdated(_: Turn) -> None:
    """A button or form that no longer exists, or never did."""
    raise Outdated
