"""The field in which a country is chosen, named in the reader's language."""

from __future__ import annotations

import unicodedata
from itertools import groupby

from billing.i18n import Translator
from billing.values.addresses import countries
from bot.blocks import VALUE, Block, group, grouped_select, input_block, option

DEFAULT = "IT"


def country_input(t: Translator, present: str | None) -> Block:
    """All countries under their first letters; the present one, or Italy, is chosen."""
    named = sorted((_unaccented(t.country(code)), code) for code in countries())
    groups = [
        group(letter, [option(t.country(code), code) for _, code in those])
        for letter, those in groupby(named, key=lambda one: one[0][0])
    ]
    initial = present if present in countries() else DEFAULT
    return input_block("country", t("Country"), grouped_select(VALUE, groups, t("Choose a country"), initial))


def _unaccented(name: str) -> str:
    """Åland stands under A."""
    return "".join(c for c in unicodedata.normalize("NFD", name.upper()) if not unicodedata.combining(c))
