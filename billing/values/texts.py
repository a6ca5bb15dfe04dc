"""What people type into one line: what may stand in it, and what is wrong with it."""

from __future__ import annotations

import unicodedata

from billing.values.card_numbers import holds_card_number
from billing.values.errors import Fault

# Control characters, surrogates, private use, unassigned: nothing that could be printed.
UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})


def text_fault(text: str, limit: int, *, optional: bool = False, lines: bool = False) -> Fault | None:
    """Why the text is refused: missing, too_long, control_characters or card_number; None where it is fine.

    `lines` lets it have more than one line.
    """
    if not text.strip():
        return None if optional else Fault("missing")
    if len(text) > limit:
        return Fault("too_long", limit)
    if any(unicodedata.category(sign) in UNPRINTABLE for sign in text if not (lines and sign in "\n\r\t")):
        return Fault("control_characters")
    return Fault("card_number") if holds_card_number(text) else None
