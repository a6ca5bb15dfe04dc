"""Downloads: which papers are wanted is asked for, and a worker sends them."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError

from billing.services import downloads
from bot.context import Turn
from bot.refusals import NoDirectMessages
from bot.slack_errors import NO_READER, error_name
from bot.views import downloads as views


async def open_form_from_words(turn: Turn, words: str) -> None:
    """`/billing download [2026-03 | 2026-Q1 | 2026]`."""
    if words:
        await _ask(turn, words)
    else:
        await turn.open(views.form(await turn.call(downloads.choices), turn.t))


async def start(turn: Turn) -> None:
    """The form was submitted."""
    await _ask(turn, *views.read_form(turn.view))


async def _ask(turn: Turn, span: str, property_id: str | None = None) -> None:
    await turn.call(downloads.look_at, span, property_id)
    try:
        await turn.desk.slack.conversations_open(users=turn.actor.user_id)
    except SlackApiError as error:
        if error_name(error) not in NO_READER:
            raise
        raise NoDirectMessages from None
    asked = await turn.call(downloads.ask, span, property_id)
    turn.desk.wake()
    await turn.reply(views.asked(asked, turn.t))
