"""A font of which every document needs much the same signs: its part of the file is made once in a process."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reportlab.lib.rl_accel import escapePDF
from reportlab.pdfbase.pdfdoc import (
    PDFArrayCompact,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFStream,
    PDFTrueTypeFont,
)
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, SUBSETN, TTFont, makeToUnicodeCMap

# Beside ASCII: what invoices in English and Italian are written with, and most names of their neighbours.
USUAL = "ÀÈÉÌÒÙàèéìòùÄÖÜäöüßçñ€£–—·…×−‘’“”«»°§•"


@dataclass(frozen=True, slots=True)
class Part:
    """A subset of a font as a file holds it: its program, how wide its signs are, and which characters they mean."""

    name: str
    length: int
    program: bytes
    widths: bytes
    meaning: bytes


class SubsetFont(TTFont):  # type: ignore[misc]  # reportlab says nothing of its types
    """A font of which a document needs a few signs, such as the letters of a name."""

    def __init__(self, name: str, file: Path) -> None:
        # Never shaped by reportlab, see `KeptFont`.
        super().__init__(name, str(file), asciiReadable=0, shapable=False)

    def addObjects(self, document: PDFDocument) -> None:
        """Puts the font's subsets into the file; reportlab calls it when the file is written."""
        state = self.state[document]
        super().addObjects(document)
        fonts = document.idToObject["BasicFonts"].dict
        for number, _ in enumerate(state.subsets):
            font = fonts[f"{state.internalName}+{number}"]
            meaning = document.idToObject[f"toUnicodeCMap:{font.BaseFont}"]
            meaning.content = _in_utf16(meaning.content)


class KeptFont(TTFont):  # type: ignore[misc]  # reportlab says nothing of its types
    """Sets ASCII and the usual signs by the same codes in every document, and whatever else by codes behind them."""

    def __init__(self, name: str, file: Path) -> None:
        # Never shaped by reportlab: the bytes must not depend on whether such a library happens to be installed.
        super().__init__(name, str(file), asciiReadable=1, shapable=False)
        example = PDFObject()
        self.reserve(example)
        codes = self.state.pop(example).assignments
        codes[ord("\N{NO-BREAK SPACE}")] = ord(" ")
        self._shown = {sign: escapePDF(bytes([code])) for sign, code in codes.items()}
        self._usual = frozenset(map(chr, codes))

    def reserve(self, document: PDFObject) -> None:
        """Gives the usual signs their codes, before the document's own signs take them."""
        self.splitString(USUAL, document)

    def shown(self, signs: str) -> str | None:
        """The signs as a string of the first subset; None where one of them is not usual."""
        return signs.translate(self._shown) if self._usual.issuperset(signs) else None

    def addObjects(self, document: PDFDocument) -> None:
        """Puts the font's subsets into the file; reportlab calls it when the file is written."""
        state = self.state.pop(document)
        for number, subset in enumerate(state.subsets):
            part = _part_of(self, number, tuple(subset))
            name = f"{state.internalName}+{number}"
            font = PDFTrueTypeFont()
            font.Name, font.BaseFont = name, part.name
            font.FirstChar, font.LastChar = 0, len(subset) - 1
            font.Widths = part.widths
            font.ToUnicode = document.Reference(_packed(part.meaning), f"meaning:{part.name}")
            font.FontDescriptor = document.Reference(self._descriptor(document, part), f"look:{part.name}")
            document.Reference(font, name)
            document.idToObject["BasicFonts"].dict[name] = font

    def _descriptor(self, document: PDFDocument, part: Part) -> PDFDictionary:
        face = self.face
        program = _packed(part.program, Length1=part.length)
        return PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": PDFName(part.name),
                "Flags": face.flags & ~FF_NONSYMBOLIC | FF_SYMBOLIC,
                "FontBBox": PDFArrayCompact(face.bbox),
                "ItalicAngle": face.italicAngle,
                "Ascent": face.ascent,
                "Descent": face.descent,
                "CapHeight": face.capHeight,
                "StemV": face.stemV,
                "MissingWidth": face.defaultWidth,
                "FontFile2": document.Reference(program, f"program:{part.name}"),
            }
        )


# Two weights, each with what is usual, and a few that had a name with other letters.
@lru_cache(maxsize=8)
def _part_of(font: KeptFont, number: int, subset: tuple[int, ...]) -> Part:
    face = font.face
    name = (SUBSETN(number) + b"+" + face.name).decode("ascii")
    program = face.makeSubset(subset)
    widths = PDFArrayCompact(map(face.getCharWidth, subset)).format(PDFDocument())
    meaning = _in_utf16(makeToUnicodeCMap(name, subset)).encode("ascii")
    return Part(name, len(program), zlib.compress(program, 9), widths, zlib.compress(meaning, 9))


def _in_utf16(meaning: str) -> str:
    """The table with what PDF wants for characters beyond 16 bits; reportlab writes them as they are."""
    return re.sub(r"<([0-9A-F]{5,6})>", lambda wide: f"<{_utf16(int(wide[1], 16))}>", meaning)


def _utf16(code: int) -> str:
    return chr(code).encode("utf-16-be").hex().upper()


def _packed(content: bytes, **facts: int) -> PDFStream:
    return PDFStream(PDFDictionary({"Filter": "/FlateDecode", **facts}), content, filters=[])
