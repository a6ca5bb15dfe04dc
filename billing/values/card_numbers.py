"""Finds payment card numbers in what people type, so that none is ever kept."""

from __future__ import annotations

import re
import unicodedata

from stdnum import luhn

# Digits in groups, as people write a card: parted by at most three blanks, hyphens, dots or slashes.
DIGIT_GROUPS = re.compile(r"[0-9]+(?:[\s.\-/_]{1,3}[0-9]+)*")
MINUS = "\u2212"


def holds_card_number(text: str) -> bool:
    """Whether some run of digit groups in the text is a 13 to 19 digit Luhn number (product, line 8)."""
    plain = "".join(_plain(sign) for sign in unicodedata.normalize("NFKC", text))
    return any(_holds(re.findall(r"[0-9]+", run)) for run in DIGIT_GROUPS.findall(plain))


def _plain(sign: str) -> str:
    """The digit of any script as 0 to 9, any dash as a hyphen, and nothing for what cannot be seen."""
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(sign)
    if category == "Pd" or sign == MINUS:
        return "-"
    return "" if category == "Cf" else sign


def _holds(groups: list[str]) -> bool:
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > 19:
                break
            if len(digits) >= 13 and luhn.is_valid(digits):
                return True
    return False
