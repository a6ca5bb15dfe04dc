"""Transferring a subscription to another property: the form, the confirmation, the outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.events import DetailsMissing, SubscriptionTransferred
from billing.values.money import Money
from billing.values.snapshots import SubscriptionSnapshot, TransferChoices
from bot.blocks import (
    VALUE,
    Element,
    Message,
    View,
    actions,
    button,
    context,
    escape,
    input_block,
    modal,
    picked,
    section,
    select,
)
from bot.reading import reads
from bot.views import addresses, payment_methods, phrases, receipts_by_mail
from bot.views.picking import subscription_input
from bot.views.properties import property_options

OPEN = "transfer.open"
CONFIRM = "transfer.confirm"
TRANSFER = "transfer.make"
# What stays behind, in the order in which it is asked for.
ALL = ("card", "address", "receipts")


@dataclass(frozen=True, slots=True)
class TransferForm:
    """What goes where. `expected` is the fingerprint of what was shown; a form of an older version has none."""

    subscription_id: str
    property_id: str
    expected: str | None = None


def transfer_form(choices: TransferChoices, chosen: SubscriptionSnapshot | None, t: Translator) -> View:
    """Which subscription, and to which of the other properties that the reader owns."""
    title = t("Transfer")
    if not choices.subscriptions:
        sentence = t("Nothing to transfer: this property has no subscriptions.")
        return modal(title, [section(sentence)], close=t("Close"))
    options = property_options(choices.properties)
    only = choices.properties[0].id if len(options) == 1 else None
    menu = select(VALUE, options, t("Choose a property"), only)
    hint = t("Only properties you own are listed.")
    return modal(
        title,
        [
            subscription_input(choices.subscriptions, chosen, t),
            input_block("property_id", t("To which property?"), menu, hint),
            context(t("Nothing is transferred yet. Next, you see what happens.")),
        ],
        callback_id=CONFIRM,
        submit=t("Continue"),
        close=t("Don't transfer"),
    )


@reads
def read_form(view: Mapping[str, Any]) -> TransferForm:
    return TransferForm(picked(view, "subscription_id"), picked(view, "property_id"))


def transfer_confirmation(
    before: SubscriptionSnapshot, after: SubscriptionSnapshot, t: Translator, *, is_again: bool = False
) -> View:
    """What will be over there, before it is; once more where that has changed meanwhile. `after` is the preview."""
    question = t(
        "You are about to transfer *{what}* from the property *{from_property}* to *{property}*.",
        what=phrases.what(after),
        from_property=escape(before.property_name),
        property=escape(after.property_name),
    )
    return modal(
        t("Transfer"),
        [
            *([section(phrases.preview_outdated(t))] if is_again else []),
            section(question),
            section(t("*Charged now:* nothing")),
            section(_stays(after, t)),
            section(_left_behind(before, after, t)),
            section(t("Its invoices and payment history move with it. Issued documents don't change.")),
        ],
        callback_id=TRANSFER,
        submit=t("Yes, transfer"),
        close=t("Don't transfer"),
        metadata=json.dumps(asdict(TransferForm(after.id, after.property_id, after.fingerprint))),
    )


@reads
def read_confirmation(view: Mapping[str, Any]) -> TransferForm:
    return TransferForm(**json.loads(view["private_metadata"]))


def transferred(now: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever transferred it."""
    sentence = t(
        "{what} now belongs to {property}, with its invoices. Nothing was charged. {stays} {needed}",
        what=phrases.what(now),
        property=escape(now.property_name),
        stays=_stays(now, t),
        needed=_needed(now, t),
    )
    return Message(sentence, [section(sentence), actions(*_add_buttons(now.id, _lacks(now), t))])


def moved(event: SubscriptionTransferred, t: Translator) -> str:
    """What both teams are told."""
    sentence = t(
        "<@{by}> transferred {what} from {from_property} to {property}, with its invoices. Nothing was "
        "charged and its dates stay the same.",
        by=event.by,
        from_property=escape(event.from_property),
        **phrases.about(event),
    )
    if not event.renews:
        return sentence
    left = t(
        "Its card and receipt recipient stayed behind, and its billing address where {property} has no billing "
        "profile: add new ones before its next charge.",
        **phrases.about(event),
    )
    return f"{sentence} {left}"


def details_missing(event: DetailsMissing, t: Translator) -> Message:
    """What is still to be added before the next charge, with the way to each."""
    lacks = [name for name in ALL if name in event.missing.split()]
    names = _names(t)
    said = {
        "missing": ", ".join(names[name] for name in lacks),
        "amount": t.money(Money(event.minor, event.currency)),
        "date": t.day_of(event.charge_at, event.time_zone),
        **phrases.about(event),
    }
    if event.is_reminder:
        sentence = t(
            "Reminder: {what} of {property} is charged {amount} with VAT on {date} and still lacks: {missing}.",
            **said,
        )
    else:
        sentence = t(
            "{what} belongs to {property} now and lacks: {missing}. It is charged {amount} with VAT on {date}: "
            "add them before then.",
            **said,
        )
    return Message(sentence, [section(sentence), actions(*_add_buttons(event.subscription_id, lacks, t))])


def transfer_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Transfer {what}", what=phrases.short_name(snapshot))
    return button(t("Transfer"), OPEN, snapshot.id, label)


def _stays(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    if snapshot.next_charge_at is None:
        return t("Its status stays the same: {status}.", status=phrases.status(snapshot, t))
    return t("Its dates stay the same. Next charge: {charge}.", charge=phrases.next_charge(snapshot, t))


def _left_behind(before: SubscriptionSnapshot, after: SubscriptionSnapshot, t: Translator) -> str:
    """What does not go along, as it is, and for whom it is invoiced over there."""
    if after.address is not None:
        return t(
            "*Stays behind:* card ({card}) and receipt recipient ({recipient}). You are asked for new ones of "
            "{property} right after the transfer. Later invoices go by the billing profile of {property}: {address}.",
            card=phrases.payment_method(before, t),
            recipient=phrases.receipts(before, t),
            property=escape(after.property_name),
            address=phrases.address(after, t),
        )
    return t(
        "*Stays behind:* card ({card}), billing address and receipt recipient ({recipient}). You are asked for new "
        "ones of {property} right after the transfer.",
        card=phrases.payment_method(before, t),
        recipient=phrases.receipts(before, t),
        property=escape(after.property_name),
    )


def _needed(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    """What it lacks over there."""
    if snapshot.address is not None:
        if snapshot.next_charge_at is None:
            return t("It has no card or receipt recipient there.")
        return t("Its card and receipt recipient stayed behind: add new ones before then.")
    if snapshot.next_charge_at is None:
        return t("It has no card, billing address or receipt recipient there.")
    return t("Its card, billing address and receipt recipient stayed behind: add new ones before then.")


def _lacks(snapshot: SubscriptionSnapshot) -> tuple[str, ...]:
    return tuple(name for name in ALL if name != "address" or snapshot.address is None)


def _names(t: Translator) -> dict[str, str]:
    return {"card": t("card"), "address": t("billing address"), "receipts": t("receipt recipient")}


def _add_buttons(subscription_id: str, lacks: Sequence[str], t: Translator) -> list[Element]:
    """The way to each of these."""
    ways = {
        "card": (t("Add a card"), payment_methods.OPEN),
        "address": (t("Add an address"), addresses.EDIT),
        "receipts": (t("Choose a recipient"), receipts_by_mail.EDIT),
    }
    return [button(text, action_id, subscription_id) for text, action_id in (ways[name] for name in lacks)]
