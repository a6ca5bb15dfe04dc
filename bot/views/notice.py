"""A modal that only tells something."""

from __future__ import annotations

from billing.i18n import Translator
from bot.blocks import Message, View, modal, section
from bot.data_blocks import in_plain


def notice(message: Message, t: Translator) -> View:
    """The message as a modal without a form."""
    return modal(t("Billing desk"), in_plain(message.blocks), close=t("Close"))


def in_progress(t: Translator) -> View:
    """What stands where the outcome will, while the bank is asked."""
    sentence = t(
        "Working on it. The bank may take a few seconds. The result appears here; if you close this, you get "
        "it in a direct message."
    )
    return modal(t("Billing desk"), [section(sentence)], close=t("Close"))


def sentence_message(sentence: str) -> Message:
    """One sentence as a message."""
    return Message(sentence, [section(sentence)])


def closed_early(t: Translator) -> Message:
    """To whoever closed the modal of progress in which there is more to decide."""
    return sentence_message(
        t("You closed the form before it was done. Nothing was charged. Open it again to go on.")
    )


# What a message shows as a modal does, and that asks for nothing.
READ_ONLY = ("context", "divider", "header", "image", "section")


def in_message(view: View, t: Translator) -> Message:
    """What the modal would have said, to whoever does not see it; a form is to be opened again."""
    if "submit" in view:
        return sentence_message(
            t("Slack closed the form because its answer took too long. Open it again to go on.")
        )
    blocks = [block for block in view["blocks"] if block["type"] in READ_ONLY and "accessory" not in block]
    sentences = (block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block)
    return Message(next(sentences, view["title"]["text"]), blocks)
