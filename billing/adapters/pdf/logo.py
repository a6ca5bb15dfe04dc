"""The seller's logo, made ready once in a process and put at the head of the invoice."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageOps
from reportlab.pdfbase.pdfdoc import PDFImageXObject
from reportlab.pdfgen.canvas import Canvas

from billing.adapters.pdf.sheet import Placed, Sheet, left, span

HIGHEST, WIDEST = 40.0, span(3)
WHITE = (255, 255, 255, 255)
COLOURS = {"L": "DeviceGray", "RGB": "DeviceRGB"}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PDF holds it: its size in pixels, its signs, how they are packed and what they mean."""

    name: str
    width: int
    height: int
    stream: bytes
    packed: str
    colours: str


@lru_cache(maxsize=8)
def picture_of(content: bytes) -> Picture:
    """The picture of a PNG or JPEG file; what is transparent becomes white, like the paper."""
    name = hashlib.sha256(content).hexdigest()
    opened = Image.open(BytesIO(content))
    image = ImageOps.exif_transpose(opened)
    if opened.format == "JPEG" and opened.mode in COLOURS and image.size == opened.size:
        return Picture(name, *opened.size, content, "DCTDecode", COLOURS[opened.mode])
    paper = Image.new("RGBA", image.size, WHITE)
    flat = Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    return Picture(name, *flat.size, zlib.compress(flat.tobytes(), 9), "FlateDecode", COLOURS["RGB"])


def place(sheet: Sheet, content: bytes) -> float:
    """Puts the logo at the sheet's edge on the left, as large as there is room; the height that it takes."""
    picture = picture_of(content)
    points = min(HIGHEST / picture.height, WIDEST / picture.width)
    width, height = picture.width * points, picture.height * points
    sheet.pictures.append(Placed(left(0), sheet.y - height, width, height, content))
    return height


def draw(canvas: Canvas, placed: Placed) -> None:
    """Draws it, from the stream that is ready."""
    picture = picture_of(placed.content)
    held = PDFImageXObject(picture.name)
    held.width, held.height, held.streamContent = picture.width, picture.height, picture.stream
    held.bitsPerComponent, held.colorSpace, held._filters = 8, picture.colours, (picture.packed,)
    document = canvas._doc
    document.Reference(held, document.getXObjectName(picture.name))
    document.addForm(picture.name, held)
    canvas.saveState()
    canvas.transform(placed.width, 0, 0, placed.height, placed.x, placed.y)
    canvas.doForm(picture.name)
    canvas.restoreState()
