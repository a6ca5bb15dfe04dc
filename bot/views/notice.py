"""A modal that only tells something."""

from __future__ import annotations

from billing.i18n import Words
from bot.blocks import Message, View, modal, section


def notice(message: Message, t: Words) -> View:
    """The message as a modal without a form."""
    return modal(t("Billing desk"), message.blocks, close=t("Close"))


def sentence_message(sentence: str) -> Message:
    """One sentence as a message."""
    return Message(sentence, [section(sentence)])
