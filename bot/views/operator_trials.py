"""A customer's free trial that an operator lets go on: which there are, how many days, what that means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.i18n import Translator
from billing.values.cycles import MAX_TRIAL_DAYS, moment_text
from billing.values.snapshots import MOST_FOUND, SubscriptionSnapshot, TrialFound
from bot.blocks import (
    VALUE,
    Block,
    Message,
    View,
    button,
    clip,
    context,
    escape,
    input_block,
    modal,
    number_input,
    section,
    typed,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.notice import sentence_message
from bot.views.operator_acts import confirmation
from bot.views.operators import name_of

EXTEND, DAYS, CONFIRMED = "operator.trial", "operator.trial_days", "operator.trial_confirmed"
USUAL_DAYS = 7
_SHOWN_WORD = 40


@dataclass(frozen=True, slots=True)
class TrialForm:
    """Which trial goes on for how many days, and the end that was shown."""

    workspace_id: str
    subscription_id: str
    days: int
    seen_end: datetime


def found(trials: Sequence[TrialFound], words: str, t: Translator) -> Message:
    """The trials of the customers that fit the words, all of them without any."""
    typed_words = escape(clip(words, _SHOWN_WORD))
    if not trials:
        sentence = t("No free trial is running for “{words}”.", words=typed_words)
        return sentence_message(sentence if words else t("No free trial is running."))
    shown = trials[:MOST_FOUND]
    if len(trials) > MOST_FOUND:
        sentence = t(
            "More than {count} free trials. These end first: type more of the customer's name.",
            count=MOST_FOUND,
        )
    else:
        sentence = t.plural("{count} free trial", "{count} free trials", len(shown))
    return Message(sentence, [section(sentence), *(_row(one, t) for one in shown)])


def form(place: tuple[str, str], t: Translator) -> View:
    """How many days more."""
    workspace_id, subscription_id = place
    days = number_input(VALUE, MAX_TRIAL_DAYS, USUAL_DAYS)
    return modal(
        t("Free trial"),
        [
            input_block("days", t("Days more"), days, t("The first charge comes that much later")),
            context(t("Nothing happens yet. Next, you see what will.")),
        ],
        close=t("Close"),
        callback_id=DAYS,
        submit=t("Continue"),
        metadata=json.dumps({"workspace_id": workspace_id, "subscription_id": subscription_id}),
    )


@reads
def read_form(view: Mapping[str, Any]) -> tuple[str, str, int]:
    """The workspace and subscription, and how many days were typed."""
    kept = json.loads(view["private_metadata"])
    return str(kept["workspace_id"]), str(kept["subscription_id"]), int(typed(view, "days"))


def question(
    place: tuple[str, str], days: int, shown: SubscriptionSnapshot, before: datetime, t: Translator
) -> View:
    """When it ends and is charged first, then and now."""
    zone = shown.time_zone
    lines = [
        t(
            "You are about to extend the free trial of *{what}* of {property} to *{date}*: it ends on {before} now.",
            what=phrases.what(shown),
            property=escape(shown.property_name),
            date=t.day_of(shown.period_end_at, zone),
            before=t.day_of(before, zone),
        ),
        phrases.status(shown, t),
    ]
    workspace_id, subscription_id = place
    kept = {"workspace_id": workspace_id, "subscription_id": subscription_id, "days": days}
    kept["seen_end"] = moment_text(before)
    return confirmation(t("Free trial"), CONFIRMED, lines, t("Yes, extend"), kept, t)


@reads
def read_confirmed(view: Mapping[str, Any]) -> TrialForm:
    kept = json.loads(view["private_metadata"])
    return TrialForm(**kept | {"seen_end": datetime.fromisoformat(kept["seen_end"])})


def extended(shown: SubscriptionSnapshot, t: Translator) -> Message:
    """What came of it."""
    return sentence_message(
        t(
            "The free trial of {what} of {property} goes on until {date}. The customer is told.",
            what=phrases.what(shown),
            property=escape(shown.property_name),
            date=t.day_of(shown.period_end_at, shown.time_zone),
        )
    )


def _row(one: TrialFound, t: Translator) -> Block:
    what = escape(f"{one.add_on} {one.plan}")
    ends = t("Free trial until {date}", date=t.day_of(one.ends_at, one.time_zone))
    label = t("Extend trial of {property}", property=clip(one.of.property, _SHOWN_WORD))
    value = f"{one.of.workspace_id} {one.subscription_id}"
    text = f"*{what}* · {name_of(one.of, t)}\n{ends}"
    return section(text, button(t("Extend trial"), EXTEND, value, label))
