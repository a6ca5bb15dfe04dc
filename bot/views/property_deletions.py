"""Deleting a property: what stands against it, the confirmation, the outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.actors import Role
from billing.values.acts import Act
from billing.values.money import Money
from billing.values.snapshots import PropertyDeletion, PropertySnapshot, SubscriptionSnapshot
from bot.blocks import (
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    checkboxes,
    context,
    escape,
    input_block,
    modal,
    option,
    section,
    ticked,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.subscriptions import cancel_button
from bot.views.transfers import transfer_button

OPEN = "property.open_delete"
DELETE = "property.delete"
# What follows `/billing property` and is no property's name.
WORDS = ("delete", "elimina")
GIVE_UP = "give_up"
# A modal holds a hundred blocks, and each of these takes two.
SHOWN = 40


@dataclass(frozen=True, slots=True)
class DeletionConfirmed:
    """A yes: to which property, and the credit that is given up with it."""

    property_id: str
    given_up: Money | None


def deletion(found: PropertyDeletion, t: Translator) -> View:
    """The confirmation, or what stands against it with the ways on."""
    return _in_use(found, t) if found.in_use else _confirmation(found, t)


@reads
def read_confirmation(view: Mapping[str, Any]) -> DeletionConfirmed:
    said = json.loads(view["private_metadata"])
    given_up = GIVE_UP in ticked(view, "credit") if "credit" in view["state"]["values"] else False
    return DeletionConfirmed(
        said["property_id"], Money(said["minor"], said["currency"]) if given_up else None
    )


def deleted(prop: PropertySnapshot, t: Translator) -> Message:
    """The private answer to whoever deleted it."""
    sentence = t(
        "The property {property} is deleted. Nothing was charged. Its invoices are kept, as required by law; "
        "no one sees it here any more.",
        property=escape(prop.name),
    )
    return Message(sentence, [section(sentence)])


def delete_blocks(prop: PropertySnapshot, t: Translator) -> list[Block]:
    """The way to it in the settings of the property, for its owners."""
    if prop.role is not Role.OWNER:
        return []
    return [section(t("Is this property no longer needed?"), _open_button(prop, t))]


def _open_button(prop: PropertySnapshot, t: Translator) -> Element:
    label = t("Delete the property {property}", property=prop.name)
    return button(t("Delete property"), OPEN, prop.id, label, style="danger")


def _confirmation(found: PropertyDeletion, t: Translator) -> View:
    name = escape(found.property.name)
    return modal(
        t("Delete property"),
        [
            section(
                t("You are about to delete the property *{property}* for everyone in it.", property=name)
            ),
            section(t("*Charged now:* nothing")),
            section(
                t(
                    "Its members lose access and its saved cards are removed. Its invoices are kept, as required "
                    "by law. This can't be undone."
                )
            ),
            *_carried(found, t),
            *_credit(found, t),
        ],
        callback_id=DELETE,
        submit=t("Yes, delete property"),
        close=t("Keep property"),
        metadata=json.dumps(
            {
                "property_id": found.property.id,
                "minor": found.credit.minor,
                "currency": found.credit.currency,
            }
        ),
    )


def _carried(found: PropertyDeletion, t: Translator) -> list[Block]:
    if not found.carried.minor:
        return []
    amount = t.money(found.carried)
    return [
        section(
            t("{amount} of earlier invoices was too little to charge and won't be charged.", amount=amount)
        )
    ]


def _credit(found: PropertyDeletion, t: Translator) -> list[Block]:
    if found.credit.minor <= 0:
        return []
    amount = t.money(found.credit)
    give_up = option(t("Give up the credit of {amount}", amount=amount), GIVE_UP)
    hint = t("To get it back instead, ask whoever runs this app for a refund first.")
    return [
        section(
            t("*{property}* has {amount} of credit.", property=escape(found.property.name), amount=amount)
        ),
        input_block("credit", t("Credit"), checkboxes([give_up], ()), hint, optional=True),
    ]


def _in_use(found: PropertyDeletion, t: Translator) -> View:
    name = escape(found.property.name)
    sentence = t(
        "The property *{property}* can't be deleted while a subscription is active or has something to pay. "
        "Nothing was changed or charged.",
        property=name,
    )
    left = len(found.in_use) - SHOWN
    more = (
        [context(t.plural("and {count} more subscription", "and {count} more subscriptions", left))]
        if left > 0
        else []
    )
    rows = [block for one in found.in_use[:SHOWN] for block in _kept(one, found, t)]
    return modal(t("Delete property"), [section(sentence), *rows, *more], close=t("Close"))


def _kept(subscription: SubscriptionSnapshot, found: PropertyDeletion, t: Translator) -> Iterator[Block]:
    yield section(f"*{phrases.what(subscription)}*\n{phrases.status(subscription, t)}")
    ways = []
    if Act.CANCEL in subscription.allowed:
        ways.append(cancel_button(subscription, t))
    if found.owns_another and Act.TRANSFER in subscription.allowed:
        ways.append(transfer_button(subscription, t))
    if ways:
        yield actions(*ways)
