"""The channel in which a property's team is told of its billing, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.events import Topic
from billing.values.snapshots import PropertySnapshot
from bot.blocks import (
    Block,
    Message,
    View,
    button,
    channel_select,
    checkboxes,
    clip,
    confirm,
    context,
    escape,
    input_block,
    modal,
    option,
    picked_channel,
    section,
    ticked,
)
from bot.reading import reads
from bot.views.phrases import SHORT_NAME
from bot.views.property_deletions import delete_blocks

CHOOSE = "channel.choose"
OFF = "channel.off"


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """Where the property's team is to be told, and about what."""

    property_id: str
    channel: str
    topics: tuple[Topic, ...]


def channel_form(prop: PropertySnapshot, t: Translator) -> View:
    """The present choice, to be changed."""
    options = [option(topic_name(topic, t), topic) for topic in Topic]
    return modal(
        t("Billing channel"),
        [
            _now(prop, t),
            input_block(
                "channel",
                t("Channel"),
                channel_select(t("Choose a channel"), prop.billing_channel),
                t("Invite the app there first: write /invite in the channel and choose the app."),
            ),
            input_block(
                "topics",
                t("What is announced there"),
                checkboxes(options, prop.topics),
                optional=True,
            ),
            context(t("Everybody in the channel reads the announcements, amounts included.")),
            *delete_blocks(prop, t),
        ],
        callback_id=CHOOSE,
        submit=t("Save channel"),
        close=t("Close"),
        metadata=prop.id,
    )


@reads
def read_channel_form(view: Mapping[str, Any]) -> ChannelForm:
    chosen = ticked(view, "topics")
    topics = tuple(topic for topic in Topic if topic in chosen)
    return ChannelForm(view["private_metadata"], picked_channel(view, "channel"), topics)


def chosen(prop: PropertySnapshot, t: Translator) -> Message:
    """The private answer to whoever chose."""
    about = {"property": escape(prop.name), "channel": prop.billing_channel}
    if prop.billing_channel is None:
        sentence = t("Nothing of {property} is announced any more.", property=about["property"])
    elif not prop.topics:
        sentence = t(
            "<#{channel}> is the billing channel of {property}; nothing is announced there.", **about
        )
    else:
        topics = ", ".join(topic_name(topic, t) for topic in prop.topics)
        sentence = t(
            "<#{channel}> is the billing channel of {property}. Announced there: {topics}.",
            **about,
            topics=topics,
        )
    return Message(sentence, [section(sentence)])


def topic_name(topic: Topic, t: Translator) -> str:
    """What the announcements are about."""
    return {
        Topic.RECEIPTS: t("receipts"),
        Topic.FAILED_PAYMENTS: t("failed payments"),
        Topic.ENDINGS: t("endings"),
        Topic.CANCELLATIONS: t("cancellations"),
        Topic.PLAN_CHANGES: t("purchases and plan changes"),
        Topic.TRANSFERS: t("transfers"),
        Topic.MEMBERS: t("members and roles"),
    }[topic]


def _now(prop: PropertySnapshot, t: Translator) -> Block:
    name = escape(prop.name)
    if prop.billing_channel is None:
        return section(
            t("No channel was chosen: nothing of the property *{property}* is announced.", property=name)
        )
    question = t(
        "Then nothing of {property} is announced to the team any more.",
        property=clip(prop.name, SHORT_NAME),
    )
    off = button(
        t("Turn off"),
        OFF,
        prop.id,
        t("Turn off announcements"),
        confirm=confirm(t("Turn off announcements?"), question, t("Turn off"), t("Leave on")),
    )
    sentence = t(
        "What happens in the property *{property}* is announced in <#{channel}>.",
        property=name,
        channel=prop.billing_channel,
    )
    return section(sentence, off)
