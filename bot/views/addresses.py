"""The form in which the billing address of one subscription is typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from billing.i18n import Translator
from billing.values.addresses import LIMITS, OPTIONAL
from billing.values.snapshots import SubscriptionSnapshot
from bot.blocks import (
    Block,
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
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import companies, phrases
from bot.views.countries import country_input
from bot.views.following import which_buyer

EDIT = "address.edit"
CHANGE = "address.change"


@dataclass(frozen=True, slots=True)
class AddressForm:
    """What was typed, and which version of the subscription the person had before their eyes."""

    subscription_id: str
    version: int
    values: dict[str, str]


def address_form(subscription: SubscriptionSnapshot, t: Translator) -> View:
    """The present address to be changed, or an empty form."""
    present = asdict(subscription.address) if subscription.address else {}
    scope = t(
        "Used on future invoices of {what} only (property {property}). Issued invoices don't change.",
        what=phrases.what(subscription),
        property=escape(subscription.property_name),
    )
    return modal(
        t("Edit billing address"),
        [
            context(scope),
            *which_buyer(subscription, t),
            section(_company(subscription, t), companies.edit_button(subscription, t)),
            *address_inputs(present, t),
            country_input(t, present.get("country")),
        ],
        callback_id=CHANGE,
        submit=t("Save address"),
        close=t("Close"),
        metadata=json.dumps({"subscription_id": subscription.id, "version": subscription.version}),
    )


def address_inputs(present: Mapping[str, str], t: Translator) -> list[Block]:
    """The fields of an address, but for its country."""
    return [_text(name, label, hint, present) for name, label, hint in _texts(t)]


@reads
def read_address_form(view: Mapping[str, Any]) -> AddressForm:
    values = {name: typed(view, name) for name in LIMITS} | {"country": picked(view, "country")}
    return AddressForm(**json.loads(view["private_metadata"]), values=values)


def address_changed(snapshot: SubscriptionSnapshot, t: Translator) -> Message:
    """The private answer to whoever changed it."""
    sentence = t(
        "Billing address of {what} of {property} saved: {address}. Future invoices use it; issued ones don't "
        "change. Nothing was charged.",
        what=phrases.what(snapshot),
        property=escape(snapshot.property_name),
        address=phrases.address(snapshot, t),
    )
    return Message(sentence, [section(sentence)])


def edit_button(snapshot: SubscriptionSnapshot, t: Translator) -> Element:
    label = t("Billing address of {what}", what=phrases.short_name(snapshot))
    return button(t("Billing address"), EDIT, snapshot.id, label)


def _company(subscription: SubscriptionSnapshot, t: Translator) -> str:
    if subscription.company is None:
        return t("Billing a company? Its VAT number and other details go in a separate form.")
    return t("Company: {company}", company=phrases.company(subscription.company, t))


def _texts(t: Translator) -> tuple[tuple[str, str, str], ...]:
    return (
        ("name", t("Name or company"), t("As it should appear on invoices, for example: Piazza S.r.l.")),
        ("street", t("Street and number"), t("For example: Via Garibaldi 12")),
        ("extra", t("Address line 2"), t("For example: staircase B, second floor")),
        ("postal_code", t("Postal code"), t("For example: 20121")),
        ("city", t("City"), t("For example: Milan")),
        ("region", t("Province, state or region"), t("For example: MI")),
    )


def _text(name: str, label: str, hint: str, present: Mapping[str, str]) -> Block:
    element = text_input(LIMITS[name], present.get(name, ""))
    return input_block(name, label, element, hint, optional=name in OPTIONAL)
