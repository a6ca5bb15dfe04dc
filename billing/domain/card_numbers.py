"""Finds payment card numbers in what people type, so that none is ever kept."""

from __future__ import annotations

import re
import unicodedata

from stdnum import luhn

# Digits in groups, as people write a card: parted by at most two blanks, hyphens, dots or slashes.
DIGIT_GROUPS = re.compile(r"\d+(?:[\s.\-/_]{1,2}\d+)*")


def holds_card_number(text: str) -> bool:
    """Whether some run of digit groups in the text is a 13 to 19 digit Luhn number (product, line 8)."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return any(_holds(re.findall(r"\d+", run)) for run in DIGIT_GROUPS.findall(plain))


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
