"""What people type: what is kept of it, what may stand in it, and what is wrong with it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache
from pathlib import Path

from billing.values.card_numbers import holds_card_number
from billing.values.errors import Fault, Unfit

# Control characters, surrogates, private use, unassigned: nothing that could be printed.
UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})
# What leaves no mark though Unicode counts it as a letter, a sign or an accent: fillers, and what picks a variant.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
# Invisible, but what they stand between looks otherwise without them: joined emoji, words of Persian or Hindi.
JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
VIRAMA = 9
PRINTABLE = Path(__file__).with_name("printable.txt")


def one_line(text: str) -> str:
    """The text as it is kept where one line is asked for: single blanks, and nothing that nobody sees."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """The text without invisible characters; whoever looks at two texts that differ must see it."""
    if text.isascii():
        return text
    kept: list[str] = []
    for sign in text:
        if sign in JOINERS:
            if kept and _joins(kept[-1]):
                kept.append(sign)
        elif not _is_invisible(sign):
            kept.append(sign)
    return "".join(kept)


def text_fault(
    text: str, limit: int, *, optional: bool = False, lines: bool = False, printed: bool = False
) -> Fault | None:
    """Why the text is refused: missing, too_long, control_characters, no_font or card_number; None where it is fine.

    What is invisible counts as nothing. `lines` lets it have more than one line; `printed` is for what stands on
    documents, for which a font must have it.
    """
    text = visible(text)
    if not text.strip():
        return None if optional else Fault("missing")
    if len(text) > limit:
        return Fault("too_long", limit)
    if any(unicodedata.category(sign) in UNPRINTABLE for sign in text if not (lines and sign in "\n\r\t")):
        return Fault("control_characters")
    if printed and (sign := without_font(text)):
        return Fault("no_font", character=sign)
    return Fault("card_number") if holds_card_number(text) else None


def without_font(text: str) -> str:
    """The first character of the text that no document can show; empty where a font has each."""
    if text.isascii():
        return ""
    composed = unicodedata.normalize("NFC", visible(text))
    return next((sign for sign in composed if not (_has_font(sign) or sign.isspace() or sign in JOINERS)), "")


def shown(name: str) -> str:
    """A name from a file as documents show it. Raises Unfit where they cannot."""
    seen = visible(name)
    if not seen.strip():
        raise Unfit("a name that can be seen is needed")
    if any(unicodedata.category(sign) in UNPRINTABLE for sign in seen):
        raise Unfit("characters that cannot be printed are in it: type it again")
    if sign := without_font(seen):
        raise Unfit("no font of the invoices has “{character}”", character=sign)
    return seen


def name_on_documents(name: str, email: str | None, user_id: str) -> str:
    """How an invoice names a person: by a name that everybody can read, else by address, else as Slack counts them.

    Slack takes names in any script, and nobody can be refused a name there.
    """
    readable = (one_line(text) for text in (name, email or "") if not without_font(text))
    return next((text for text in readable if text), user_id)


def _joins(before: str) -> bool:
    """Whether a joiner after that character changes what is seen."""
    category = unicodedata.category(before)
    return (
        category in ("So", "Sk")
        or before in JOINERS
        or unicodedata.bidirectional(before) == "AL"
        or unicodedata.combining(before) == VIRAMA
    )


def _is_invisible(sign: str) -> bool:
    return sign in BLANKS or unicodedata.category(sign) == "Cf"


def _has_font(sign: str) -> bool:
    starts, ends = _printable()
    at = bisect_right(starts, ord(sign)) - 1
    return at >= 0 and ord(sign) <= ends[at]


@cache
def _printable() -> tuple[list[int], list[int]]:
    """Where the ranges of code points that a font has begin, and where they end."""
    ranges = [line.split("-") for line in PRINTABLE.read_text(encoding="ascii").split()]
    return [int(first, 16) for first, _ in ranges], [int(last, 16) for _, last in ranges]
