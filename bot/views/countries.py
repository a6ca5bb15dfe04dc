"""The fields in which a country and a time zone are chosen, named in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import groupby

from billing.i18n import Translator
from billing.values.addresses import countries
from bot.blocks import VALUE, Block, Element, group, grouped_select, input_block, option

DEFAULT = "IT"


def country_input(t: Translator, present: str | None) -> Block:
    """All countries under their first letters; the present one, or Italy, is chosen."""
    groups = _by_letter({code: t.country(code) for code in countries()})
    initial = present if present in countries() else DEFAULT
    return input_block("country", t("Country"), grouped_select(VALUE, groups, t("Choose a country"), initial))


def time_zone_input(t: Translator, own: str) -> Block:
    """All time zones under the first letters of their cities; the reader's own is chosen, by whatever name."""
    menu = grouped_select(VALUE, _by_letter({own: own} | t.zones()), t("Choose a time zone"), own)
    hint = t("Sets the day on which billing cycles end. Type a city to find it.")
    return input_block("time_zone", t("Time zone"), menu, hint)


def _by_letter(named: Mapping[str, str]) -> list[Element]:
    """Options of those values with those names, under their first letters."""
    ordered = sorted((_unaccented(name), value) for value, name in named.items())
    return [
        group(letter, [option(named[value], value) for _, value in those])
        for letter, those in groupby(ordered, key=lambda one: one[0][0])
    ]


def _unaccented(name: str) -> str:
    """Åland stands under A."""
    return "".join(c for c in unicodedata.normalize("NFD", name.upper()) if not unicodedata.combining(c))
