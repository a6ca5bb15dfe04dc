"""What the property's billing channel is told when something has happened."""

from __future__ import annotations

from billing.domain.events import (
    CancellationUndone,
    Event,
    InvoiceIssued,
    SubscriptionCancelled,
    SubscriptionEnded,
)
from billing.domain.money import Money
from billing.i18n import Words
from bot.blocks import Message, actions, clip, escape, plain_context, section
from bot.views.phrases import SHORT_NAME
from bot.views.subscriptions import reason_in_words, undo_button_that_asks


def announcement(event: Event, t: Words) -> Message:
    """The message of that event, in the workspace's language."""
    match event:
        case SubscriptionCancelled():
            return _cancelled(event, t)
        case CancellationUndone():
            return _undone(event, t)
        case SubscriptionEnded():
            return _ended(event, t)
        case InvoiceIssued():
            return _issued(event, t)
    raise ValueError(f"there is no announcement of {event.kind}")


def _cancelled(event: SubscriptionCancelled, t: Words) -> Message:
    date = t.day_of(event.ends_at, event.time_zone)
    sentence = t(
        "<@{by}> cancelled {what} of {property}. It stays active until {date}, then it ends; "
        "nothing more will be charged.",
        by=event.by,
        date=date,
        **_about(event),
    )
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    question = t(
        "{what} of {property} goes on as before. Nothing is charged now; the next charge comes on {date}.",
        what=name,
        property=clip(event.property_name, SHORT_NAME),
        date=date,
    )
    undo = undo_button_that_asks(event.subscription_id, event.ends_at, name, question, t)
    reason = plain_context(t("Reason: {reason}", reason=reason_in_words(event.reason, t)))
    return Message(sentence, [section(sentence), reason, actions(undo)])


def _undone(event: CancellationUndone, t: Words) -> Message:
    return _sentence(
        t(
            "<@{by}> undid the cancellation of {what} of {property}. It goes on as before: "
            "nothing was charged now, the next charge comes on {date}.",
            by=event.by,
            date=t.day_of(event.next_charge_at, event.time_zone),
            **_about(event),
        )
    )


def _ended(event: SubscriptionEnded, t: Words) -> Message:
    return _sentence(
        t(
            "{what} of {property} ended on {date}. Nothing more will be charged.",
            date=t.day_of(event.ended_at, event.time_zone),
            **_about(event),
        )
    )


def _issued(event: InvoiceIssued, t: Words) -> Message:
    return _sentence(
        t(
            "Invoice {number} was issued for {what} of {property}: {amount} with VAT.",
            number=escape(event.number),
            amount=t.money(Money(event.total_minor, event.currency)),
            **_about(event),
        )
    )


def _about(event: Event) -> dict[str, str]:
    return {"what": escape(f"{event.add_on} {event.plan}"), "property": escape(event.property_name)}


def _sentence(sentence: str) -> Message:
    return Message(sentence, [section(sentence)])
