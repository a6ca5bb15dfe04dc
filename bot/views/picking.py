"""The question which subscription is meant: a field of a form, or a step before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.i18n import Translator
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import (
    LABEL_LIMIT,
    VALUE,
    Block,
    Element,
    View,
    clip,
    input_block,
    modal,
    option,
    picked,
    section,
    select,
)
from bot.reading import reads
from bot.views import phrases


def choose(
    choices: Sequence[SubscriptionSnapshot], callback: str, t: Translator, none: str | None = None
) -> View:
    """The step before a form that is about one subscription. `none` says why there is none to choose."""
    if not choices:
        return none_to_choose(t("Choose a subscription"), t, none)
    return modal(
        t("Choose a subscription"),
        [subscription_input(choices, None, t)],
        callback_id=callback,
        submit=t("Continue"),
        close=t("Close"),
    )


@reads
def read_choice(view: Mapping[str, Any]) -> str:
    """The subscription that was chosen."""
    return picked(view, "subscription_id")


def none_to_choose(title: str, t: Translator, none: str | None = None) -> View:
    """In the place of a form that would have nothing to choose from, which Slack refuses."""
    sentence = none or t("No active subscription, or all of them are already cancelled.")
    return modal(title, [section(sentence)], close=t("Close"))


def subscription_input(
    choices: Sequence[SubscriptionSnapshot], chosen: SubscriptionSnapshot | None, t: Translator
) -> Block:
    """The field in which one of the subscriptions is chosen."""
    options = subscription_options(choices, t)
    menu = select(VALUE, options, t("Choose a subscription"), chosen.id if chosen else None)
    return input_block("subscription_id", t("Subscription"), menu)


def subscription_options(choices: Sequence[SubscriptionSnapshot], t: Translator) -> list[Element]:
    return [option(_name_and_price(one, t), one.id) for one in choices]


def _name_and_price(subscription: SubscriptionSnapshot, t: Translator) -> str:
    """What tells it from the others; the end of one that is over, which may have been bought again since."""
    ended = subscription.ended_at is not None
    rest = f" ({phrases.status(subscription, t) if ended else phrases.price(subscription, t)})"
    return clip(phrases.full_name(subscription), LABEL_LIMIT - len(rest)) + rest
