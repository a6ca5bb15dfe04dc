"""Creating a property, and saying which one is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from billing.i18n import Translator
from billing.services.properties import NAME_LIMIT, USUAL_CURRENCY
from billing.values.snapshots import PropertySnapshot
from bot.blocks import (
    VALUE,
    Block,
    Element,
    Message,
    View,
    clip,
    context,
    escape,
    input_block,
    modal,
    option,
    picked,
    section,
    select,
    text_input,
    typed,
)
from bot.reading import reads
from bot.views import phrases
from bot.views.countries import country_input, time_zone_input

CHOOSE = "property.choose"
CREATE = "property.create"
SHOWN_NAME = 40


@dataclass(frozen=True, slots=True)
class PropertyForm:
    """What was typed for a new property."""

    name: str
    time_zone: str
    country: str
    currency: str


def create_form(t: Translator, time_zone: str, currencies: Sequence[str]) -> View:
    """The form of a new property, with the time zone of whoever creates it, and the currencies that it may pay in."""
    return modal(
        t("Create a property"),
        [
            input_block(
                "name",
                t("Name"),
                text_input(NAME_LIMIT),
                t("The site or brand that is billed, for example: Piazza"),
            ),
            time_zone_input(t, time_zone),
            country_input(t, None),
            *([_currency_input(currencies, t)] if len(currencies) > 1 else []),
            context(t("You'll be its owner. Nothing is charged.")),
        ],
        callback_id=CREATE,
        submit=t("Create property"),
        close=t("Close"),
    )


@reads
def read_create_form(view: Mapping[str, Any]) -> PropertyForm:
    currency = picked(view, "currency") if "currency" in view["state"]["values"] else ""
    zone = picked(view, "time_zone")
    return PropertyForm(typed(view, "name"), zone, picked(view, "country"), currency)


def _currency_input(currencies: Sequence[str], t: Translator) -> Block:
    options = [option(clip(t.currency(code)), code) for code in currencies]
    menu = select(VALUE, options, t("Choose a currency"), USUAL_CURRENCY)
    hint = t("Everything that the property buys is charged in it. It can't be changed later.")
    return input_block("currency", t("Currency"), menu, hint)


def created(snapshot: PropertySnapshot, t: Translator) -> Message:
    sentence = t(
        "The property {property} is created and you're its owner. Nothing was charged. Next: choose the "
        "billing channel with `{command} channel`, add people with `{command} members`, and buy an add-on "
        "with `{command} buy`.",
        property=escape(snapshot.name),
        command=phrases.COMMAND,
    )
    return Message(sentence, [section(sentence)])


def chosen(snapshot: PropertySnapshot, t: Translator) -> Message:
    sentence = t(
        "You're now viewing the property {property}. Type `{command}` to see its purchases.",
        property=escape(snapshot.name),
        command=phrases.COMMAND,
    )
    return Message(sentence, [section(sentence)])


def which(name: str, meant: Sequence[PropertySnapshot], t: Translator) -> Message:
    """The question which one, where several begin with what was typed."""
    sentence = t(
        "{count} properties fit “{name}”. Choose one.", count=len(meant), name=escape(clip(name, SHOWN_NAME))
    )
    menu = select(CHOOSE, property_options(meant), t("Choose a property"))
    return Message(sentence, [section(sentence, menu)])


def property_options(choices: Sequence[PropertySnapshot]) -> list[Element]:
    return [option(one.name, one.id) for one in choices]
