"""A message to the support: the form, what the support reads, and what its author reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.i18n import Translator
from billing.services.help import MESSAGE_LIMIT
from billing.values.events import SupportAsked, SupportReceived
from bot.blocks import (
    Message,
    View,
    clip,
    context,
    escape,
    input_block,
    modal,
    plain_section,
    section,
    text_input,
    typed,
)
from bot.reading import reads

OPEN = "support.open"
SEND = "support.send"
IN_NOTIFICATION = 300


def message_form(t: Translator, begun: str = "") -> View:
    """The form; `begun` is what of the message was typed before."""
    return modal(
        t("Send us a message"),
        [
            input_block(
                "message",
                t("Your message"),
                text_input(MESSAGE_LIMIT, begun, multiline=True),
                t("For example: which plan fits ten people? Never write card numbers."),
            ),
            context(t("Support sees your name and the property you're viewing, and replies to you.")),
        ],
        callback_id=SEND,
        submit=t("Send message"),
        close=t("Close"),
    )


@reads
def read_message(view: Mapping[str, Any]) -> str:
    return typed(view, "message")


def sent(property_name: str, t: Translator) -> Message:
    """The private answer to whoever wrote."""
    if property_name:
        sentence = t(
            "Your message about {property} is on its way to support, who will reply here in Slack.",
            property=escape(property_name),
        )
    else:
        sentence = t("Your message is on its way to support, who will reply here in Slack.")
    return Message(sentence, [section(sentence)])


def asked(event: SupportAsked, t: Translator) -> Message:
    """What the support reads. The text stands in it as it was typed, without formatting or mentions."""
    if event.property_name:
        sentence = t(
            "<@{by}> of {property} writes to support:", by=event.by, property=escape(event.property_name)
        )
    else:
        sentence = t("<@{by}>, who doesn't belong to any property, writes to support:", by=event.by)
    answer = context(t("Please answer <@{by}> in a direct message.", by=event.by))
    text = f"{sentence} {escape(clip(event.message, IN_NOTIFICATION))}"
    return Message(text, [section(sentence), plain_section(event.message), answer])


def received(event: SupportReceived, t: Translator) -> Message:
    """What the author reads and keeps."""
    if event.property_name:
        sentence = t(
            "Support has your message about {property} and will reply here in Slack:",
            property=escape(event.property_name),
        )
    else:
        sentence = t("Support has your message and will reply here in Slack:")
    text = f"{sentence} {escape(clip(event.message, IN_NOTIFICATION))}"
    return Message(text, [section(sentence), plain_section(event.message)])
