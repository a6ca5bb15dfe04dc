"""The invoice's typefaces: which characters they can set, how wide they are, and where a line breaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from reportlab import rl_config
from reportlab.pdfbase.pdfdoc import PDFDocument
from reportlab.pdfbase.pdfmetrics import getFont, registerFont

from billing.adapters.pdf import scripts
from billing.adapters.pdf.embedding import KeptFont, SubsetFont

FONTS = Path(__file__).parents[1] / "fonts"
REGULAR = "IBMPlexSans-Regular"
SEMIBOLD = "IBMPlexSans-SemiBold"

# Longer than any name or address line that a form accepts; what is longer was never typed by a person.
MAX_TEXT_LENGTH = 300
MISSING = "\N{REPLACEMENT CHARACTER}"
NO_BREAK_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
INVISIBLE = frozenset({"Cc", "Cf"})
WITHOUT_MEANING = frozenset({"Co", "Cn", "Cs"})


Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Family:
    """A typeface: the names of its two weights, and of their file where both have one."""

    regular: str
    semibold: str
    file: str = ""

    def of(self, font: str) -> str:
        """Its weight that stands beside that font of the first family."""
        return self.semibold if font == SEMIBOLD else self.regular


PLEX = Family(REGULAR, SEMIBOLD)
# In outlines of one colour and one weight.
EMOJI = Family("NotoEmoji-Regular", "NotoEmoji-Regular")
# Asked in this order for what Plex lacks; read when a name first needs them.
OTHERS = (
    Family("IBMPlexSansHebrew-Regular", "IBMPlexSansHebrew-SemiBold"),
    Family("IBMPlexSansArabic-Regular", "IBMPlexSansArabic-SemiBold"),
    # Chinese, Japanese and Korean: five megabytes that have one weight.
    Family("WenQuanYiMicroHei", "WenQuanYiMicroHei", "WenQuanYiMicroHei.ttc"),
    Family("NotoSansArmenian-Regular", "NotoSansArmenian-SemiBold"),
    Family("NotoSansGeorgian-Regular", "NotoSansGeorgian-SemiBold"),
    EMOJI,
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of text is set. Size and leading are in points, a colour is red, green, blue from 0 to 1."""

    font: str
    size: float
    leading: float
    colour: Colour


def prepare() -> None:
    """Reads the first typeface, once in a process."""
    characters(PLEX)


def reserve(file: PDFDocument) -> None:
    """Keeps the codes of the usual signs in the file for them, before its own signs are set."""
    for name in (REGULAR, SEMIBOLD):
        getFont(name).reserve(file)


@cache
def characters(family: Family) -> frozenset[int]:
    """Registers the family, once in a process, and gives the code points that it can set in both weights."""
    # Base 85 makes each stream a quarter larger and is slow; nothing that reads PDF today needs it.
    rl_config.useA85 = 0
    make = KeptFont if family is PLEX else SubsetFont
    fonts = [
        make(name, FONTS / (family.file or f"{name}.ttf"))
        for name in dict.fromkeys((family.regular, family.semibold))
    ]
    for font in fonts:
        registerFont(font)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


@lru_cache(maxsize=4096)
def _family_of(character: str) -> Family | None:
    return next((family for family in (PLEX, *OTHERS) if ord(character) in characters(family)), None)


@lru_cache(maxsize=4096)
def settable(text: str) -> str:
    """The text as the typeface can set it: one line, nothing invisible, a visible sign for what it lacks."""
    shortened = text if len(text) <= MAX_TEXT_LENGTH else text[: MAX_TEXT_LENGTH - 1] + "…"
    composed = unicodedata.normalize("NFC", shortened)
    plain = composed.isascii() and composed.isprintable()
    words = (composed if plain else "".join(map(_settable, composed))).split(" ")
    return " ".join(word for word in words if word)


def _kept(character: str) -> bool:
    return unicodedata.category(character) not in WITHOUT_MEANING and _family_of(character) is not None


def _settable(character: str) -> str:
    if character in NO_BREAK_SPACES:
        return "\N{NO-BREAK SPACE}"
    if character.isspace():
        return " "
    if unicodedata.category(character) in INVISIBLE or character in VARIATION_SELECTORS:
        return ""
    if scripts.is_pointing(character):
        return ""
    if _kept(character):
        return character
    simpler = unicodedata.normalize("NFKC", character)
    return simpler if simpler != character and all(map(_kept, simpler)) else MISSING


@dataclass(frozen=True, slots=True)
class Run:
    """Signs of one font, as they follow each other on paper."""

    font: str
    signs: str


@lru_cache(maxsize=4096)
def runs(text: str, font: str) -> tuple[Run, ...]:
    """A settable line, cut where its font changes; what runs from right to left is in its order of drawing."""
    if text.isascii() or characters(PLEX).issuperset(map(ord, text)):
        return (Run(font, text),)
    line = scripts.drawn(text, _kept) if scripts.needs_order(text) else text
    pieces = groupby(zip(_families(line), line, strict=True), key=itemgetter(0))
    return tuple(Run(family.of(font), "".join(sign for _, sign in signs)) for family, signs in pieces)


def _families(line: str) -> Iterator[Family]:
    """The family of each sign; blanks and punctuation are in that of the letters before them."""
    family = PLEX
    for sign in line:
        if sign.isalnum() or family is EMOJI or ord(sign) not in characters(family):
            family = _family_of(sign) or PLEX
        yield family


def width(text: str, style: Style) -> float:
    """How wide a settable line is, in points."""
    return _advance_of(text, style.font) * style.size


@lru_cache(maxsize=16384)
def _advance_of(text: str, font: str) -> float:
    """How wide it is in parts of the size of its type."""
    thousandths = 0
    for run in runs(text, font):
        widths = getFont(run.font).face.charWidths
        thousandths += sum(map(widths.__getitem__, map(ord, run.signs)))
    return thousandths / 1000


def wrap(text: str, style: Style, room: float, most: int = MAX_TEXT_LENGTH) -> list[str]:
    """The text in lines that fit the room, in points, and `most` of them: the last then ends in an ellipsis.

    A word that is wider than a line is broken.
    """
    whole = settable(text)
    if width(whole, style) <= room:
        return [whole]
    lines = [""]
    for word in whole.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if width(longer, style) <= room:
            lines[-1] = longer
            continue
        pieces = _pieces(word, style, room)
        lines = lines + pieces if lines[-1] else pieces
    if len(lines) > most:
        return [*lines[: most - 1], cut(" ".join(lines[most - 1 :]), style, room)]
    return lines


def _pieces(word: str, style: Style, room: float) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, style) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces


def cut(text: str, style: Style, room: float) -> str:
    """The text on one line, ended by an ellipsis where the room does not suffice."""
    whole = settable(text)
    if width(whole, style) <= room:
        return whole
    kept = len(whole)
    while kept and width(whole[:kept].rstrip() + "…", style) > room:
        kept -= 1
    return whole[:kept].rstrip() + "…"
