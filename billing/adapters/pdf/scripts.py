"""Hebrew and Arabic as they are set: letters joined, and each line in the order in which it is drawn."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from functools import cache

from arabic_reshaper import ArabicReshaper

# The package's other `get_display` is faster, but leaves the brackets of what runs from right to left unmirrored.
from bidi.algorithm import get_display

RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


def needs_order(text: str) -> bool:
    """Whether anything in it runs from right to left."""
    return any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text)


def is_pointing(sign: str) -> bool:
    """A vowel sign or accent of Hebrew or Arabic, which names are written without."""
    return "\u0590" <= sign <= "\u06ff" and unicodedata.category(sign) == "Mn"


def drawn(text: str, can_set: Callable[[str], bool]) -> str:
    """One line as its signs follow each other on paper, from left to right."""
    joined = _reshaper().reshape(text)
    settable = (form if can_set(form) else unicodedata.normalize("NFKC", form) for form in joined)
    return str(get_display("".join(settable)))


@cache
def _reshaper() -> ArabicReshaper:
    """Joins letters, and lam with alef, as every font does; a word stays letters.

    A configuration file is named so that the environment of the machine cannot name another one: the bytes of a
    document are the same everywhere.
    """
    return ArabicReshaper({"ARABIC LIGATURE ALLAH": False}, configuration_file=os.devnull)
