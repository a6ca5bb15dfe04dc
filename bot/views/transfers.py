"""Transferring a subscription to another property: the form, the confirmation, the outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.snapshots import SubscriptionSnapshot, TransferChoices
from bot.blocks import (
    VALUE,
    Element,
    Message,
    View,
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
from bot.views import phrases
from bot.views.picking import subscription_input
from bot.views.properties import property_options

OPEN = "transfer.open"
CONFIRM = "transfer.confirm"
TRANSFER = "transfer.make"


@dataclass(frozen=True, slots=True)
class TransferForm:
    """What goes where."""

    subscription_id: str
    property_id: str


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


def transfer_confirmation(before: SubscriptionSnapshot, after: SubscriptionSnapshot, t: Translator) -> View:
    """What will be over there, before it is. `after` is the preview."""
    question = t(
        "You are about to transfer *{what}* from the property *{from_property}* to *{property}*.",
        what=phrases.what(after),
        from_property=escape(before.property_name),
        property=escape(after.property_name),
    )
    return modal(
        t("Transfer"),
        [
            section(question),
            section(t("*Charged now:* nothing")),
            section(_stays(after, t)),
            section(_needed(after, t)),
            section(t("Its invoices and payment history move with it. Issued documents don't change.")),
        ],
        callback_id=TRANSFER,
        submit=t("Yes, transfer"),
        close=t("Don't transfer"),
        metadata=json.dumps(asdict(TransferForm(after.id, after.property_id))),
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
    return Message(sentence, [section(sentence)])


def transfer_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Transfer {what}", what=phrases.short_name(snapshot))
    return button(t("Transfer"), OPEN, snapshot.id, label)


def _stays(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    if snapshot.next_charge_at is None:
        return t("Its status stays the same: {status}.", status=phrases.status(snapshot, t))
    return t("Its dates stay the same. Next charge: {charge}.", charge=phrases.next_charge(snapshot, t))


def _needed(snapshot: SubscriptionSnapshot, t: Translator) -> str:
    """What it lacks over there."""
    if snapshot.next_charge_at is None:
        return t("It has no card and no billing address there.")
    return t("Before then it needs a card and a billing address there.")
