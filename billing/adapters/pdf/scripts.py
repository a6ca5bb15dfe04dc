"""Hebrew and Arabic as they are set: letters joined, and each line in the order in which it is drawn.

The rules are Unicode's, of joining and of both directions (UAX 9), without the ones for control characters, which no
text here holds any more: what is invisible was left out before. The data is Python's own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby

LAM, TATWEEL = "\u0644", "\u0640"
PRESENTED = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00))
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
MIRRORED = dict(zip("()[]{}<>«»‹›", ")(][}{><»«›‹", strict=True))
NUMBERS = frozenset({"EN", "AN"})


def needs_order(text: str) -> bool:
    """Whether anything in it runs from right to left."""
    return any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in text)


def is_pointing(sign: str) -> bool:
    """A vowel sign or accent of Hebrew or Arabic, which names are written without."""
    return "\u0590" <= sign <= "\u06ff" and unicodedata.category(sign) == "Mn"


def drawn(text: str, can_set: Callable[[str], bool]) -> str:
    """One line as its signs follow each other on paper, from left to right."""
    return _ordered(_joined(text, can_set))


@cache
def _forms() -> dict[tuple[str, str], str]:
    """Which sign stands for which letters (one, or lam and alef) where: isolated, initial, medial or final."""
    forms = {}
    for code in PRESENTED:
        where, *letters = unicodedata.decomposition(chr(code)).split(" ")
        base = "".join(chr(int(letter, 16)) for letter in letters)
        if len(base) == 1 or (len(base) == 2 and base[0] == LAM and base[1] in "آأإا"):
            forms[base, where.strip("<>")] = chr(code)
    return forms


def _joined(text: str, can_set: Callable[[str], bool]) -> str:
    signs, at = [], 0
    while at < len(text):
        letters = text[at : at + 2] if (text[at : at + 2], "isolated") in _forms() else text[at]
        before = at > 0 and _reaches_on(text[at - 1]) and _reaches_back(letters[0])
        end = at + len(letters)
        after = end < len(text) and _reaches_on(letters[-1]) and _reaches_back(text[end])
        where = {(False, False): "isolated", (True, False): "final", (False, True): "initial"}
        form = _forms().get((letters, where.get((before, after), "medial")), letters)
        signs.append(form if can_set(form) else letters)
        at = end
    return "".join(signs)


def _reaches_on(letter: str) -> bool:
    return letter == TATWEEL or (letter, "initial") in _forms()


def _reaches_back(letter: str) -> bool:
    return letter == TATWEEL or (letter, "final") in _forms()


def _ordered(text: str) -> str:
    kinds = [unicodedata.bidirectional(sign) for sign in text]
    base = next((int(kind != "L") for kind in kinds if kind in ("L", "R", "AL")), 0)
    levels = _levels(_neutrals_resolved(_numbers_resolved(kinds, base), base), base)
    end = len(text.rstrip())
    levels[end:] = [base] * (len(text) - end)
    signs = [
        MIRRORED.get(sign, sign) if level % 2 else sign for sign, level in zip(text, levels, strict=True)
    ]
    places = list(range(len(text)))
    for level in range(max(levels, default=0), 0, -1):
        runs = groupby(places, key=lambda place, level=level: levels[place] >= level)  # type: ignore[misc]
        places = [place for is_in, run in runs for place in (reversed(list(run)) if is_in else run)]
    return "".join(signs[place] for place in places)


def _numbers_resolved(kinds: Sequence[str], base: int) -> list[str]:
    """The weak kinds (rules W1 to W7): marks, and the figures with what belongs to them."""
    start = "R" if base else "L"
    found = list(kinds)
    for at, kind in enumerate(found):
        if kind == "NSM":
            found[at] = found[at - 1] if at else start
    strong = start
    for at, kind in enumerate(found):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            found[at] = "AN"
    found = ["R" if kind == "AL" else kind for kind in found]
    for at in range(1, len(found) - 1):
        before, kind, after = found[at - 1 : at + 2]
        if before == after and ((kind == "ES" and before == "EN") or (kind == "CS" and before in NUMBERS)):
            found[at] = before
    found = _terminators_resolved(found)
    strong = start
    for at, kind in enumerate(found):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            found[at] = "L"
    return found


def _terminators_resolved(kinds: Sequence[str]) -> list[str]:
    """Signs such as % and € beside figures are part of them (W5); what separates nothing is neutral (W6)."""
    found: list[str] = []
    runs = [(kind, len(list(run))) for kind, run in groupby(kinds)]
    for at, (kind, length) in enumerate(runs):
        beside = {other for other, _ in runs[max(at - 1, 0) : at + 2]}
        if kind in ("ET", "ES", "CS"):
            kind = "EN" if kind == "ET" and "EN" in beside else "ON"
        found += [kind] * length
    return found


def _neutrals_resolved(kinds: Sequence[str], base: int) -> list[str]:
    """What has no direction takes that of both its neighbours where they agree (N1), else the line's (N2)."""
    start = "R" if base else "L"
    runs = [
        (direction, len(list(run)))
        for direction, run in groupby(kinds, key=lambda kind: kind if kind in ("L", "R", *NUMBERS) else "")
    ]
    sides = [start, *("R" if kind in NUMBERS else kind for kind, _ in runs), start]
    found: list[str] = []
    for at, (kind, length) in enumerate(runs, start=1):
        between = sides[at - 1] if sides[at - 1] == sides[at + 1] else start
        found += [kind or between] * length
    return found


def _levels(kinds: Sequence[str], base: int) -> list[int]:
    steps = {("L", 0): 0, ("R", 0): 1, ("AN", 0): 2, ("EN", 0): 2, ("L", 1): 1, ("R", 1): 0}
    return [base + steps.get((kind, base), 1) for kind in kinds]
