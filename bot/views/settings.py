"""The settings of a property: what there is to set, and the way to each."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.snapshots import PropertySnapshot
from bot.blocks import Element, View, button, clip, escape, modal, section
from bot.views import audit, budgets, channels, contacts, members, purchase_limits
from bot.views.pages import RowKey
from bot.views.phrases import SHORT_NAME
from bot.views.property_deletions import delete_blocks

OPEN = "property.settings"


def settings_button(prop: PropertySnapshot, t: Translator) -> Element:
    label = t("Settings of {property}", property=clip(prop.name, SHORT_NAME))
    return button(t("Settings"), OPEN, prop.id, label)


def settings(prop: PropertySnapshot, t: Translator) -> View:
    """What the reader's role lets them see, each with its button."""
    zone = t(
        "Property *{property}* · time zone {zone}",
        property=escape(prop.name),
        zone=prop.time_zone,
    )
    rows = [section(zone)]
    if prop.role.writes:
        rows.append(section(_channel(prop, t), button(t("Billing channel"), channels.OPEN, prop.id)))
    key = str(RowKey(prop.id))
    rows.append(section(t("Who belongs to it, and in which role"), button(t("Members"), members.LIST, key)))
    rows.append(
        section(t("Who gets mail about its billing"), button(t("Billing contacts"), contacts.LIST, key))
    )
    if prop.role.writes:
        rows.append(section(t("How much may be spent before you are warned"), budgets.open_button(prop, t)))
        waits = t("Above which amount a purchase waits for another admin")
        rows.append(section(waits, purchase_limits.open_button(prop, t)))
    rows.append(section(t("Who did what, and when"), button(t("Audit log"), audit.OPEN, key)))
    return modal(t("Settings"), [*rows, *delete_blocks(prop, t)], close=t("Close"))


def _channel(prop: PropertySnapshot, t: Translator) -> str:
    if prop.billing_channel is None:
        return t("Billing is not announced in any channel")
    return t("Billing is announced in <#{channel}>", channel=prop.billing_channel)
