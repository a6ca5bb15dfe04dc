"""The ways to draw an invoice that are set beside each other. Each takes a document and gives what draws it.

`python -m benchmarks.drawings NAME LINES` draws one and prints the most memory that it took, in MB.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from benchmarks.measure import peak_memory
from billing.adapters.einvoices.en16931 import write_cii
from billing.adapters.pdf.invoice import lay_out, render_invoice
from billing.adapters.pdf.logo import draw as draw_logo
from billing.adapters.pdf.sheet import Placed, Sheet, Text
from billing.adapters.pdf.typeface import FONTS, REGULAR, SEMIBOLD
from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.values.cycles import Interval
from billing.values.documents import Buyer, DocumentLine, InvoiceDocument, Seller
from billing.values.tax_groups import TaxGroup

Draw = Callable[[InvoiceDocument], bytes]
WORDS = Translator(LOCALES, "en")
OURS, FACTUR_X, CANVAS = "ours", "Factur-X", "canvas"
SELLER = Seller(
    "Venditore S.p.A.", ("Via dei Mille 10", "10123 Torino (TO)"), "IT", "IT00743110157", "Europe/Rome", ""
)
BUYER = Buyer("Esempio S.r.l.", ("Via Roma 1", "20121 Milano (MI)"), "IT")


def invoice(lines: int, serial: int = 123) -> InvoiceDocument:
    """An invoice with so many lines. Another serial number sells other things at other prices."""
    first, last = date(2026, 6, 1), date(2026, 6, 30)
    each = [
        DocumentLine(
            f"Live Chat {serial}-{number}",
            "Growth",
            Interval.MONTH,
            first,
            last,
            1,
            2900 + 7 * serial + number,
            2900 + 7 * serial + number,
            2200,
        )
        for number in range(lines)
    ]
    net = sum(line.net_minor for line in each)
    return InvoiceDocument(
        number=f"2026-{serial:06}",
        issued_on=first,
        currency="EUR",
        property_name="Piazza",
        seller=SELLER,
        buyer=BUYER,
        lines=tuple(each),
        taxes=(TaxGroup(2200, net, net * 22 // 100),),
        charged_to="Visa 4242",
    )


@cache
def _compiler() -> tuple[Path, Any]:
    """Where typst reads, and typst itself, with its fonts."""
    folder = Path(tempfile.mkdtemp(prefix="billing-bench-"))
    (folder / "logo.png").write_bytes(logo())
    made = import_module("typst").Compiler(
        root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True
    )
    return folder, made


@cache
def logo() -> bytes:
    """A picture such as a seller has."""
    picture = Image.new("RGB", (480, 160), "white")
    ImageDraw.Draw(picture).ellipse((10, 10, 150, 150), fill="#0a5461")
    ImageDraw.Draw(picture).rectangle((180, 50, 460, 110), fill="#1a1c21")
    target = BytesIO()
    picture.save(target, "PNG", optimize=True)
    return target.getvalue()


def laid_out(like: InvoiceDocument) -> tuple[list[Sheet], Placed]:
    """The sheets of it, and where its logo is."""
    sheets = lay_out(like, WORDS, logo())
    return sheets, sheets[0].pictures[0]


def ours(_like: InvoiceDocument) -> Draw:
    """What billing sends."""
    return lambda document: render_invoice(document, WORDS, logo())


def hybrid(_like: InvoiceDocument) -> Draw:
    """What billing sends within the European Union, the XML in the PDF."""
    return lambda document: render_invoice(document, WORDS, logo(), write_cii(document))


@cache
def _as_reportlab_has_them() -> dict[str, str]:
    """The names of our fonts as a bare reportlab reads them."""
    names = {name: f"Bare{name}" for name in (REGULAR, SEMIBOLD)}
    for name, bare in names.items():
        font = TTFont(bare, str(FONTS / f"{name}.ttf"), asciiReadable=0)
        font.face.name = bare.encode()  # reportlab would take the font that is registered for the same face
        registerFont(font)
    return names


def bare_canvas(like: InvoiceDocument) -> Draw:
    """Only reportlab: every text is ready and knows its place, nothing is laid out, formatted or measured."""
    sheets, placed = laid_out(like)
    fonts = _as_reportlab_has_them()

    def draw(_document: InvoiceDocument) -> bytes:
        target = BytesIO()
        canvas = Canvas(target, A4, initialFontName=fonts[REGULAR], pageCompression=1)
        draw_logo(canvas, placed)
        for sheet in sheets:
            for text in sheet.texts:
                canvas.setFont(fonts[text.style.font], text.style.size)
                canvas.drawString(text.x, text.y, text.text)
            canvas.showPage()
        canvas.save()
        return target.getvalue()

    return draw


def weasyprint(like: InvoiceDocument) -> Draw:
    """The same texts and logo in HTML, the lines as a table."""
    html = import_module("weasyprint").HTML
    sheets, placed = laid_out(like)
    rows = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in _rows(sheets))
    source = f"data:image/png;base64,{base64.b64encode(logo()).decode('ascii')}"
    rows = f"<img src='{source}' style='width: {placed.width}pt'><table>{rows}</table>"
    face = f"@font-face {{ font-family: Plex; src: url('{(FONTS / f'{REGULAR}.ttf').as_uri()}') }}"
    page = f"<style>{face} body {{ font-family: Plex; font-size: 9pt }}</style>{rows}"
    return lambda _document: bytes(html(string=page).write_pdf())


def fpdf(like: InvoiceDocument) -> Draw:
    """The same texts at the same places by fpdf2."""
    make = import_module("fpdf").FPDF
    sheets, placed = laid_out(like)

    def draw(_document: InvoiceDocument) -> bytes:
        pdf = make(unit="pt", format="A4")
        pdf.add_font("Plex", fname=FONTS / f"{REGULAR}.ttf")
        for sheet in sheets:
            pdf.add_page()
            for picture in sheet.pictures:
                top = A4[1] - placed.y - placed.height
                pdf.image(BytesIO(picture.content), picture.x, top, placed.width, placed.height)
            for text in sheet.texts:
                pdf.set_font("Plex", size=text.style.size)
                pdf.text(text.x, A4[1] - text.y, text.text)
        return bytes(pdf.output())

    return draw


def typst(like: InvoiceDocument) -> Draw:
    """The same texts and logo at the same places by typst, which keeps its fonts from one to the next."""
    folder, compiler = _compiler()
    sheets, placed = laid_out(like)
    top = A4[1] - placed.y - placed.height
    picture = (
        f'#place(top + left, dx: {placed.x}pt, dy: {top}pt, image("/logo.png", width: {placed.width}pt))\n'
    )
    pages = "#pagebreak()\n".join("".join(map(_typst_text, sheet.texts)) for sheet in sheets)
    source = folder / "invoice.typ"

    def draw(document: InvoiceDocument) -> bytes:
        written = f'// {document.number}\n#set page(paper: "a4", margin: 0pt)\n{picture}{pages}'
        source.write_text(written, encoding="utf-8")
        return bytes(compiler.compile(input=str(source), format="pdf"))

    return draw


def _typst_text(text: Text) -> str:
    weight = "semibold" if text.style.font == SEMIBOLD else "regular"
    top = A4[1] - text.y
    return (
        f"#place(top + left, dx: {text.x}pt, dy: {top}pt, "
        f'text(font: "IBM Plex Sans", weight: "{weight}", size: {text.style.size}pt, '
        f'top-edge: "baseline", {json.dumps(text.text, ensure_ascii=False)}))\n'
    )


def _rows(sheets: list[Sheet]) -> list[list[str]]:
    """The texts of the sheets, those of one height together."""
    rows: dict[tuple[int, float], list[str]] = {}
    for number, sheet in enumerate(sheets):
        for text in sheet.texts:
            rows.setdefault((number, text.y), []).append(text.text)
    return list(rows.values())


DRAWERS: dict[str, Callable[[InvoiceDocument], Draw]] = {
    OURS: ours,
    FACTUR_X: hybrid,
    CANVAS: bare_canvas,
    "weasyprint": weasyprint,
    "fpdf": fpdf,
    "typst": typst,
}


def main() -> None:
    """Draws the invoice that the arguments ask for."""
    document = invoice(int(sys.argv[2]))
    DRAWERS[sys.argv[1]](document)(document)
    print(peak_memory())


if __name__ == "__main__":
    main()
