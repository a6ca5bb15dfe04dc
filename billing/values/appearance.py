"""How the seller's documents look: the logo and the one colour, checked when the settings are read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from billing.values.errors import Unfit
from billing.values.faults import unreadable

DEFAULT_ACCENT = "#0a5461"
# What the guidelines for accessible content (WCAG 2.2, 1.4.3) want of large type; less is lost on a grey print.
LEAST_CONTRAST = 3.0
MAX_BYTES = 200_000
MAX_PIXELS = 4_000


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture, PNG or JPEG, as its file holds it."""

    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256; documents name their logo by it."""
        return hashlib.sha256(self.content).hexdigest()


def read_logo(path: Path) -> Logo:
    """The logo in that file. Raises Unfit, which says what is wrong with it."""
    from PIL import Image, UnidentifiedImageError  # most desks have no logo, and --help shows none

    try:
        content = path.read_bytes()
    except OSError as fault:
        raise unreadable(path, fault) from None
    if len(content) > MAX_BYTES:
        raise Unfit(
            "{path} has {size} bytes; a logo has at most {limit}",
            path=path,
            size=len(content),
            limit=MAX_BYTES,
        )
    try:
        with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > MAX_PIXELS:
                raise Unfit(
                    "{path} has a side of {size} pixels; at most {limit}",
                    path=path,
                    size=max(picture.size),
                    limit=MAX_PIXELS,
                )
            picture.load()
    except UnidentifiedImageError:
        raise Unfit("{path} is neither a PNG nor a JPEG", path=path) from None
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise Unfit("{path} is a damaged picture", path=path) from None
    return Logo(content)


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green and blue, from 0 to 1, of #rrggbb. Raises Unfit for what is no such colour."""
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise Unfit("{written} is no colour like {example}", written=repr(colour), example=DEFAULT_ACCENT)
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def legible(colour: str) -> str:
    """The colour, if it can be read on white paper. Raises Unfit."""
    contrast = 1.05 / (_luminance(colour) + 0.05)
    if contrast < LEAST_CONTRAST:
        raise Unfit(
            "{written} is too pale to be read on white: its contrast is {contrast}, not {least}",
            written=colour,
            contrast=f"{contrast:.1f}",
            least=f"{LEAST_CONTRAST:g}",
        )
    return colour


def _luminance(colour: str) -> float:
    """How bright a colour looks, from 0 to 1 (WCAG 2.2, relative luminance)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(colour)]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
