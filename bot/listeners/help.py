"""Help: the list of words, the roles, whether it was helpful, and a message to the support."""

from __future__ import annotations

from billing.services import help
from bot.context import Turn
from bot.refusals import NotOffered
from bot.views import help as views
from bot.views import support as support_views


async def show(turn: Turn, words: str) -> None:
    """`/billing help`, and `/billing help roles`."""
    topic = views.topic_of(words)
    if topic is None:
        await turn.reply(views.unknown_topic(turn.t, words, turn.desk.support))
        return
    await turn.reply(views.help_text(turn.t, await turn.call(help.votes, topic), turn.desk.support))


async def show_unknown(turn: Turn, word: str) -> None:
    """The answer to a word that nobody knows."""
    await turn.reply(views.unknown_command(turn.t, word, turn.desk.support))


async def vote(turn: Turn) -> None:
    """Yes or No under the help: the count changes in its place."""
    helpful = turn.action["action_id"] == views.HELPFUL
    votes = await turn.call(help.vote, turn.value, helpful=helpful)
    await turn.reply(views.help_text(turn.t, votes, turn.desk.support), replace=True)


async def open_message(turn: Turn) -> None:
    """The Send us a message button."""
    await open_message_from_words(turn, "")


async def open_message_from_words(turn: Turn, words: str) -> None:
    """`/billing contact [message]`: what was typed stands in the form already."""
    if not turn.desk.support.channel:
        raise NotOffered
    await turn.open(support_views.message_form(turn.t, words))


async def send_message(turn: Turn) -> None:
    """The form was submitted."""
    if not turn.desk.support.channel:
        raise NotOffered
    message = support_views.read_message(turn.view)
    property_name = await turn.call(help.ask_support, message, turn.desk.support.channel, key=turn.form_key)
    await turn.reply(support_views.sent(property_name, turn.t))
