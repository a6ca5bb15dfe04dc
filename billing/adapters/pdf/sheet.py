"""The sheet of A4: its grid, its styles, and the marks that a part of the invoice leaves on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from billing.adapters.pdf.typeface import REGULAR, SEMIBOLD, Colour, Style, settable, width, wrap

WIDTH, HEIGHT = float(A4[0]), float(A4[1])
MARGIN = 20 * float(mm)
GUTTER = 12
COLUMNS = 6
COLUMN = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GUTTER) / COLUMNS
TOP = HEIGHT - MARGIN
BOTTOM = MARGIN + 34

# Room for every name that a form accepts; the opening of an invoice must fit on its first sheet.
MAX_LINES = 4

INK: Colour = (0.10, 0.11, 0.13)
MUTED: Colour = (0.36, 0.38, 0.42)
HAIRLINE: Colour = (0.74, 0.76, 0.78)

LABEL = Style(REGULAR, 7.5, 10, MUTED)
SMALL = Style(REGULAR, 8, 11.5, MUTED)
BODY = Style(REGULAR, 9, 13, INK)
STRONG = Style(SEMIBOLD, 9, 13, INK)


def left(column: int) -> float:
    """Where the column, counted from 0, begins."""
    return MARGIN + column * (COLUMN + GUTTER)


def right(column: int) -> float:
    """Where the column ends."""
    return left(column) + COLUMN


def span(columns: int) -> float:
    """How wide so many neighbouring columns are."""
    return columns * COLUMN + (columns - 1) * GUTTER


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Rule:
    x: float
    y: float
    length: float
    thickness: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture and its place; `content` is its file."""

    x: float
    y: float
    width: float
    height: float
    content: bytes


@dataclass(slots=True)
class Sheet:
    """One page, filled from the top. `y` is the lower edge of what stands on it."""

    y: float = TOP
    texts: list[Text] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    pictures: list[Placed] = field(default_factory=list)

    @property
    def room(self) -> float:
        return self.y - BOTTOM

    def rule(self, x: float, length: float, thickness: float = 0.4, colour: Colour = HAIRLINE) -> None:
        self.rules.append(Rule(x, self.y, length, thickness, colour))

    def line(self, x: float, text: str, style: Style, below: float = 0) -> None:
        """Text that is known to fit, in the line that begins `below` points under the lower edge."""
        self.texts.append(Text(x, self.y - below - _ascent(style), settable(text), style))

    def line_to(self, edge: float, text: str, style: Style, room: float, below: float = 0) -> None:
        """Text that ends at the edge, set smaller where the room does not suffice."""
        whole = settable(text)
        wanted = width(whole, style)
        fitting = replace(style, size=style.size * room / wanted) if wanted > room else style
        y = self.y - below - _ascent(style)
        self.texts.append(Text(edge - width(whole, fitting), y, whole, fitting))

    def paragraph(
        self, x: float, text: str, style: Style, room: float, below: float = 0, limit: int = MAX_LINES
    ) -> float:
        """Text that wraps, into `limit` lines; the height that it takes."""
        lines = wrap(text, style, room, limit)
        for index, line in enumerate(lines):
            self.line(x, line, style, below + index * style.leading)
        return len(lines) * style.leading


def _ascent(style: Style) -> float:
    """From the top of a line to its baseline: the leading is shared out above and below."""
    return (style.leading + 0.7 * style.size) / 2
