"""The channel in which a property's team is told of its billing, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.channels import ChannelProblem
from billing.values.events import ChannelUnusable, Topic
from billing.values.snapshots import ChannelTrouble, PropertySnapshot
from bot.blocks import (
    Block,
    Message,
    View,
    actions,
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
from bot.views.phrases import SHORT_NAME, moment
from bot.views.property_deletions import delete_blocks

OPEN = "channel.open"
CHOOSE = "channel.choose"
OFF = "channel.off"
# Slack takes ten boxes in a row.
REMINDED_OF = (Topic.YEARLY_RENEWALS, Topic.TRIALS, Topic.EXPIRING_CARDS)
ANNOUNCED = tuple(topic for topic in Topic if topic not in REMINDED_OF)


@dataclass(frozen=True, slots=True)
class ChannelForm:
    """Where the property's team is to be told, and about what."""

    property_id: str
    channel: str
    topics: tuple[Topic, ...]


def channel_form(prop: PropertySnapshot, trouble: ChannelTrouble | None, t: Translator) -> View:
    """The present choice, to be changed; `trouble` says why nothing is announced there."""
    return modal(
        t("Billing channel"),
        [
            _now(prop, trouble, t),
            input_block(
                "channel",
                t("Channel"),
                channel_select(t("Choose a channel"), None if trouble else prop.billing_channel),
                t("Invite the app there first: write /invite in the channel and choose the app."),
            ),
            _topics("topics", t("What to announce there"), ANNOUNCED, prop, t),
            _topics("reminders", t("What to be reminded of there"), REMINDED_OF, prop, t),
            context(t("Everyone in the channel sees the announcements, including amounts.")),
            *delete_blocks(prop, t),
        ],
        callback_id=CHOOSE,
        submit=t("Save channel"),
        close=t("Close"),
        metadata=prop.id,
    )


@reads
def read_channel_form(view: Mapping[str, Any]) -> ChannelForm:
    boxes = (one["element"].get("options", ()) for one in view["blocks"] if one["type"] == "input")
    offered = {box["value"] for of_field in boxes for box in of_field}
    chosen = {*ticked(view, "topics"), *ticked(view, "reminders")}
    # What a form of an older version does not ask about stays on.
    topics = tuple(topic for topic in Topic if topic in chosen or topic not in offered)
    return ChannelForm(view["private_metadata"], picked_channel(view, "channel"), topics)


def chosen(prop: PropertySnapshot, t: Translator) -> Message:
    """The private answer to whoever chose."""
    about = {"property": escape(prop.name), "channel": prop.billing_channel}
    if prop.billing_channel is None:
        sentence = t("Announcements for {property}: off.", property=about["property"])
    elif not prop.topics:
        sentence = t(
            "<#{channel}> is the billing channel of {property}. Nothing is announced there.", **about
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
        Topic.USAGE: t("used quotas"),
        Topic.YEARLY_RENEWALS: t("yearly renewals, 30 and 7 days ahead"),
        Topic.TRIALS: t("free trials, 3 days before they end"),
        Topic.EXPIRING_CARDS: t("cards that expire before the next charge"),
        Topic.BUDGETS: t("budgets"),
        Topic.APPROVALS: t("requests for approval"),
    }[topic]


def problem_in_words(channel: str, problem: str, t: Translator) -> str:
    """Why nothing is announced in the channel."""
    return {
        ChannelProblem.ARCHIVED: t("<#{channel}> is archived.", channel=channel),
        ChannelProblem.NOT_IN_IT: t(
            "The app isn't in <#{channel}> any more. To keep that channel, type /invite there and choose the app.",
            channel=channel,
        ),
        ChannelProblem.NOT_FOUND: t(
            "<#{channel}> was deleted, or it is private and the app isn't in it any more.", channel=channel
        ),
        ChannelProblem.RESTRICTED: t(
            "Only certain people may post in <#{channel}>, and the app may not. To keep that channel, let the app "
            "post there.",
            channel=channel,
        ),
        ChannelProblem.SHARED: t(
            "<#{channel}> is shared with another organisation, or an invitation to it is pending.",
            channel=channel,
        ),
        ChannelProblem.PUBLIC: t(
            "<#{channel}> was private and is public now: everyone in this workspace can read it. To keep it, choose "
            "it again.",
            channel=channel,
        ),
        ChannelProblem.UNKNOWN: t("Nothing can be announced in <#{channel}>.", channel=channel),
    }[ChannelProblem(problem)]


def unusable(event: ChannelUnusable, t: Translator) -> Message:
    """What those read, in private, who can choose another channel."""
    sentence = t(
        "Announcements for {property} are on hold. {problem} Nothing is lost: they are posted in the channel "
        "you choose.",
        property=escape(event.property_name),
        problem=problem_in_words(event.channel, event.problem, t),
    )
    label = t("Choose a channel for {property}", property=clip(event.property_name, SHORT_NAME))
    choose = button(t("Choose a channel"), OPEN, event.property_id, label)
    return Message(sentence, [section(sentence), actions(choose)])


def _topics(name: str, label: str, topics: Sequence[Topic], prop: PropertySnapshot, t: Translator) -> Block:
    options = [option(topic_name(topic, t), topic) for topic in topics]
    told = [topic for topic in topics if topic in prop.topics]
    return input_block(name, label, checkboxes(options, told), optional=True)


def _now(prop: PropertySnapshot, trouble: ChannelTrouble | None, t: Translator) -> Block:
    name = escape(prop.name)
    if prop.billing_channel is None:
        return section(
            t("No channel chosen: nothing about the property *{property}* is announced.", property=name)
        )
    question = t(
        "Your team will no longer get announcements about {property}.",
        property=clip(prop.name, SHORT_NAME),
    )
    off = button(
        t("Turn off"),
        OFF,
        prop.id,
        t("Turn off announcements"),
        confirm=confirm(t("Turn off announcements?"), question, t("Turn off"), t("Keep on")),
    )
    if trouble is not None:
        sentence = t(
            "Announcements for the property *{property}* have been on hold since {moment}. {problem} They are "
            "posted in the channel you choose.",
            property=name,
            moment=moment(trouble.since, prop.time_zone, t),
            problem=problem_in_words(trouble.channel, trouble.problem, t),
        )
        return section(sentence, off)
    sentence = t(
        "Updates about the property *{property}* are posted in <#{channel}>.",
        property=name,
        channel=prop.billing_channel,
    )
    return section(sentence, off)
