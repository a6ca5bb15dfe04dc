"""What the person reads in Slack who installed the app there."""

from __future__ import annotations

from billing.i18n import Translator
from bot.blocks import Message, section
from bot.views import home, phrases


def first_steps(t: Translator) -> Message:
    """What they do first, as whoever has no property reads it too."""
    greeting = t(
        "Hello! You have installed the billing desk. Type `{command}` in any channel to begin:",
        command=phrases.COMMAND,
    )
    return Message(greeting, [section(greeting), section(home.three_steps(t))])
