"""What is said ahead of a charge, with what can be done about it: keep, change, cancel, choose another card."""

from __future__ import annotations

from billing.backup_words import backed
from billing.i18n import Translator
from billing.values.events import CardReminder, OfAnEnd, Reminder, RenewalReminder, TrialReminder
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import Element, Message, actions, button, clip, escape, section
from bot.views import changes, payment_methods, phrases, subscriptions
from bot.views.phrases import SHORT_NAME, about

KEEP = "reminder.keep"


def reminder(event: Reminder, t: Translator) -> Message:
    """For the team; once somebody wants to keep it, nothing is asked any more."""
    match event:
        case RenewalReminder(kept_by="") | TrialReminder(kept_by=""):
            return _message(_of_end(event, t), _buttons_of_end(event, t), event, t)
        case OfAnEnd():
            kept = t("<@{by}> keeps {what} of {property}.", by=event.kept_by, **about(event))
            return _message(kept, [], event, t)
        case CardReminder():
            return _message(_of_card(event, t), [_card_button(event, t("Change card"), t)], event, t)
    raise ValueError(f"nothing is said ahead by {event.kind}")


def kept(subscription: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever keeps it."""
    sentence = t(
        "{what} of {property} continues. Next charge: {charge}. Nobody is reminded of that charge again.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
        charge=phrases.next_charge(subscription, t),
    )
    return Message(sentence, [section(sentence)])


def _of_end(event: OfAnEnd, t: Translator) -> str:
    if isinstance(event, TrialReminder):
        return t(
            "Reminder: the free trial of {what} of {property} ends soon, and it continues as a paid plan.",
            **about(event),
        )
    return t("Reminder: {what} of {property} renews for another year.", **about(event))


def _of_card(event: CardReminder, t: Translator) -> str:
    return t(
        "Reminder: {card}, which pays for {what} of {property}, is valid until {date}, and its next charge comes "
        "after that.",
        card=phrases.charged_card(event.card),
        date=t.date(event.valid_to),
        **about(event),
    )


def _message(first: str, buttons: list[Element], event: Reminder, t: Translator) -> Message:
    sentence = " ".join([first, *_scheduled(event, t), _charge(event, t), *_card(event, t)])
    return Message(sentence, [section(sentence), *([actions(*buttons)] if buttons else [])])


def _scheduled(event: Reminder, t: Translator) -> list[str]:
    if event.next_terms is None:
        return []
    return [t("As scheduled, it changes to {next} then.", next=phrases.terms(event.next_terms, t))]


def _charge(event: Reminder, t: Translator) -> str:
    date = t.day_of(event.charge_at, event.time_zone)
    charge = phrases.charge_on(event.charge, event.credit, event.carried, date, t)
    if isinstance(event, TrialReminder):
        return t("First charge: {charge}.", charge=charge)
    return t("Next charge: {charge}.", charge=charge)


def _card(event: Reminder, t: Translator) -> list[str]:
    """What pays for it, where anything is left to pay."""
    if event.minor == 0:
        return []
    if isinstance(event, CardReminder):
        return [t("Choose another card before then."), *backed(event, phrases.charged_card, t)]
    if event.card:
        return [t("It is charged to {card}.", card=phrases.charged_card(event.card))]
    return [t("It has no card yet: add one before then.")]


def _buttons_of_end(event: OfAnEnd, t: Translator) -> list[Element]:
    """Without a card there is nothing to keep it by."""
    id_, name = event.subscription_id, _name(event)
    value = subscriptions.undo_value(id_, event.charge_at)
    keep = button(t("Keep"), KEEP, value, t("Keep {what}", what=name), style="primary")
    has_card = event.card or event.minor == 0
    return [
        keep if has_card else _card_button(event, t("Add a card"), t),
        button(t("Change plan"), changes.OPEN, id_, t("Change plan of {what}", what=name)),
        button(t("Cancel subscription"), subscriptions.CANCEL, id_, t("Cancel {what}", what=name)),
    ]


def _card_button(event: Reminder, text: str, t: Translator) -> Element:
    label = t("Payment method of {what}", what=_name(event))
    return button(text, payment_methods.OPEN, event.subscription_id, label, style="primary")


def _name(event: Reminder) -> str:
    return clip(f"{event.add_on} {event.plan}", SHORT_NAME)
