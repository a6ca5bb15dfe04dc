"""Cancelling a subscription in two steps, and taking the cancellation back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from billing.i18n import Translator
from billing.values.acts import Act
from billing.values.events import CancellationUndone, SubscriptionCancelled
from billing.values.snapshots import Dunning, SubscriptionSnapshot
from bot.blocks import (
    Element,
    Message,
    View,
    actions,
    button,
    clip,
    confirm,
    context,
    escape,
    input_block,
    modal,
    option,
    picked,
    plain_context,
    radio_buttons,
    section,
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.picking import none_to_choose, subscription_input

CANCEL = "subscription.cancel"
CANCEL_CONFIRMED = "subscription.cancel_confirmed"
UNDO = "subscription.undo_cancellation"

REASONS = (
    ("too_expensive", "It's too expensive"),
    ("not_used", "We don't use it enough"),
    ("missing_features", "It's missing something we need"),
    ("switching", "We are switching to another tool"),
    ("other", "Another reason"),
)
DETAILS_LIMIT = 400


@dataclass(frozen=True, slots=True)
class CancelForm:
    """Which subscription is to be cancelled, and why: a key of REASONS, with the person's own words after it.

    `expected` is the fingerprint of what was shown; a form of an older version has none.
    """

    subscription_id: str
    reason: str
    expected: str | None = None


def cancel_form(
    choices: Sequence[SubscriptionSnapshot], chosen: SubscriptionSnapshot | None, t: Translator
) -> View:
    """The first step: which one, and why."""
    if not choices:
        return none_to_choose(t("Cancel subscription"), t)
    reasons = [option(t(sentence), key) for key, sentence in REASONS]
    return modal(
        t("Cancel subscription"),
        [
            subscription_input(choices, chosen, t),
            # The free text is the field "reason": what is wrong with it must be shown beside it.
            input_block("kind", t("Why?"), radio_buttons(reasons)),
            input_block(
                "reason",
                t("Anything to add?"),
                text_input(DETAILS_LIMIT, multiline=True),
                t("For example: we closed the shop it was for. Your team can read this."),
                optional=True,
            ),
            context(t("Nothing is cancelled yet. Next, you see what happens and when.")),
        ],
        callback_id=CANCEL,
        submit=t("Continue"),
        close=t("Keep subscription"),
    )


@reads
def read_cancel_form(view: Mapping[str, Any]) -> CancelForm:
    """What the first step says."""
    kind = picked(view, "kind")
    kind = kind if kind in dict(REASONS) else REASONS[-1][0]
    details = typed(view, "reason").strip()
    return CancelForm(picked(view, "subscription_id"), f"{kind}: {details}" if details else kind)


def reason_in_words(reason: str, t: Translator) -> str:
    """The reason for a reader: the listed part in their language, the person's own words as they are."""
    kind, colon, details = reason.partition(":")
    sentence = dict(REASONS).get(kind)
    return f"{t(sentence)}{colon}{details}" if sentence else reason


def cancel_confirmation(
    preview: SubscriptionSnapshot, reason: str, t: Translator, *, is_again: bool = False
) -> View:
    """The second step: what ends and when, before anything is done; once more where that has changed meanwhile."""
    form = CancelForm(preview.id, reason, preview.fingerprint)
    return modal(
        t("Cancel subscription"),
        [
            *([section(phrases.preview_outdated(t))] if is_again else []),
            section(
                t(
                    "You are about to cancel *{what}* of the property *{property}*: {price}.",
                    what=phrases.what(preview),
                    property=escape(preview.property_name),
                    price=phrases.price(preview, t),
                )
            ),
            *(section(sentence) for sentence in _what_follows(preview, t)),
            plain_context(t("Reason: {reason}", reason=reason_in_words(reason, t))),
        ],
        callback_id=CANCEL_CONFIRMED,
        submit=t("Yes, cancel subscription"),
        close=t("Keep subscription"),
        metadata=json.dumps(asdict(form), ensure_ascii=False),
    )


@reads
def read_cancel_confirmation(view: Mapping[str, Any]) -> CancelForm:
    return CancelForm(**json.loads(view["private_metadata"]))


def cancelled(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever cancelled."""
    said = {
        "what": phrases.what(snapshot),
        "property": escape(snapshot.property_name),
        "date": (date := phrases.end_date(snapshot, t)),
        "charges": _charges(snapshot, t),
    }
    if snapshot.ended_at is not None:
        sentence = t(
            "{what} of {property} is cancelled. Its paid period ended on {date}, so it has ended. {charges}",
            **said,
        )
    elif phrases.is_trial(snapshot):
        sentence = t(
            "The free trial of {what} of {property} is cancelled. It goes on until {date}, then ends. {charges}",
            **said,
        )
    else:
        ends = ends_on(date, snapshot.ends_unpaid_at, snapshot.time_zone, t)
        sentence = t("{what} of {property} is cancelled. {ends} {charges}", ends=ends, **said)
    sentence = " ".join([sentence, *phrases.dropped_for_good(snapshot, t)])
    undo = [actions(undo_button(snapshot, t))] if Act.UNDO_CANCELLATION in snapshot.allowed else []
    return Message(sentence, [section(sentence), *undo])


def cancellation_undone(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever took the cancellation back."""
    charge = phrases.next_charge(snapshot, t)
    if snapshot.dunning:
        owed = phrases.owed(snapshot.dunning, snapshot.time_zone, t)
        then = f"{owed} {t('Next renewal: {charge}.', charge=charge)}"
    else:
        then = t("Next charge: {charge}.", charge=charge)
    sentence = t(
        "{what} of {property} continues at {price}. Nothing was charged. {then}",
        what=phrases.what(snapshot),
        property=escape(snapshot.property_name),
        price=phrases.price(snapshot, t),
        then=then,
    )
    return Message(sentence, [section(sentence)])


def cancel_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Cancel {what}", what=phrases.short_name(snapshot))
    return button(t("Cancel subscription"), CANCEL, snapshot.id, label)


def undo_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    """Takes the cancellation back, after a question that names thing, amount, property and date."""
    return undo_button_that_asks(
        snapshot.id, snapshot.period_end_at, phrases.short_name(snapshot), how_it_goes_on(snapshot, t), t
    )


def how_it_goes_on(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    """What taking the cancellation back means, for a question."""
    return t(
        "{what} of {property} continues at {price}. Nothing is charged now. {then}",
        what=phrases.short_name(snapshot),
        property=clip(snapshot.property_name, phrases.SHORT_NAME),
        price=phrases.price(snapshot, t),
        then=what_then(phrases.end_date(snapshot, t), snapshot.dunning, snapshot.time_zone, t),
    )


def what_then(date: str, dunning: Dunning | None, zone: str, t: Translator) -> str:
    """What is charged next of what goes on: at its renewal on that date, or before what it owes."""
    if dunning is None:
        return t("Next charge on {date}.", date=date)
    return f"{phrases.owed(dunning, zone, t)} {t('Next renewal on {date}.', date=date)}"


def undo_button_that_asks(
    subscription_id: str, ends_at: datetime, name: str, question: str, t: Translator
) -> Element:
    """The same button for who has no snapshot at hand. `name` is short.

    The end that it undoes stands in its value: pressed in a later cycle, it undoes nothing.
    """
    return button(
        t("Undo cancellation"),
        UNDO,
        undo_value(subscription_id, ends_at),
        t("Undo cancellation of {what}", what=name),
        style="primary",
        confirm=confirm(t("Undo cancellation?"), question, t("Yes, undo it"), t("Keep it cancelled")),
    )


def _what_follows(preview: SubscriptionSnapshot, t: Translator) -> list[str]:
    """What becomes of it; one that could not be renewed has no paid time left, and no undoing."""
    date, charges = phrases.end_date(preview, t), _charges(preview, t)
    dropped = phrases.dropped_for_good(preview, t)
    if preview.ended_at is not None:
        ends = t("Its paid period ended on *{date}* and it couldn't be renewed, so it ends now.", date=date)
        return [ends, charges, *dropped]
    stays = ends_on(f"*{date}*", preview.ends_unpaid_at, preview.time_zone, t)
    if phrases.is_trial(preview):
        stays = t("The free trial goes on until *{date}*, then it ends.", date=date)
    return [stays, charges, t("You can undo this until then."), *dropped]


def _charges(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    """What a cancellation means for money, said to whoever cancels."""
    if phrases.is_trial(snapshot):
        return t("You won't be charged.")
    return still_charged(snapshot.dunning, t) if snapshot.dunning else t("You won't be charged again.")


def ends_on(date: str, ends_unpaid_at: datetime | None, zone: str, t: Translator) -> str:
    """When what is cancelled ends: on that date, or before it where what it owes stays unpaid."""
    if ends_unpaid_at is None:
        return t("It stays active until {date}, then ends.", date=date)
    last_day = t.day_of(ends_unpaid_at, zone)
    return t(
        "It ends on {date}, or on {last_day} if the past-due invoice stays unpaid.",
        date=date,
        last_day=last_day,
    )


def still_charged(dunning: Dunning, t: Translator) -> str:
    """What a cancellation means for money where an invoice of a past cycle is unpaid."""
    if dunning.try_at is None and dunning.ends_at is not None:
        return t("Nothing is charged automatically any more; the past-due invoice can still be paid.")
    return t("Only the past-due invoice will still be charged.")


def dunning_of(event: SubscriptionCancelled | CancellationUndone) -> Dunning | None:
    """What becomes of the past-due invoice that the event tells of."""
    return Dunning(event.try_at, event.given_up_at) if event.unpaid else None


def undo_value(subscription_id: str, ends_at: datetime) -> str:
    return f"{subscription_id} {ends_at.isoformat()}"


@reads
def read_undo(value: str) -> tuple[str, datetime | None]:
    """Which subscription's cancellation the button undoes, and the end that it was made for, if it says one."""
    subscription_id, _, ends_at = value.partition(" ")
    try:
        return subscription_id, datetime.fromisoformat(ends_at)
    except ValueError:
        return value, None
