"""The ways to draw an invoice that are set beside each other. Each takes a document and gives what draws it.

`python -m benchmarks.drawings NAME LINES` draws one and prints the most memory that it took, in MB.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from importlib import import_module
from io import BytesIO
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from billing.adapters.pdf.invoice import draw_invoice, lay_out
from billing.adapters.pdf.sheet import Sheet
from billing.adapters.pdf.typeface import FONTS, REGULAR
from billing.bootstrap import LOCALES
from billing.domain.cycles import Interval
from billing.domain.documents import Buyer, DocumentLine, InvoiceDocument, Seller, TaxGroup
from billing.i18n import Words

Draw = Callable[[InvoiceDocument], bytes]
WORDS = Words(LOCALES, "en")
OURS, CANVAS = "ours", "canvas"
SELLER = Seller(
    "Venditore S.p.A.", ("Via dei Mille 10", "10123 Torino (TO)"), "IT", "IT00743110157", "Europe/Rome", ""
)
BUYER = Buyer("Esempio S.r.l.", ("Via Roma 1", "20121 Milano (MI)"), "IT")


def invoice(lines: int) -> InvoiceDocument:
    """An invoice with so many lines."""
    first, last = date(2026, 6, 1), date(2026, 6, 30)
    each = [
        DocumentLine(
            f"Live Chat {number}",
            "Growth",
            Interval.MONTH,
            first,
            last,
            1,
            2900 + number,
            2900 + number,
            2200,
        )
        for number in range(lines)
    ]
    net = sum(line.net_minor for line in each)
    return InvoiceDocument(
        number="2026-000123",
        issued_on=first,
        currency="EUR",
        property_name="Piazza",
        seller=SELLER,
        buyer=BUYER,
        lines=tuple(each),
        taxes=(TaxGroup(2200, net, net * 22 // 100),),
        charged_to="Visa 4242",
    )


def ours(_like: InvoiceDocument) -> Draw:
    """What billing sends."""
    return lambda document: draw_invoice(document, WORDS)


def bare_canvas(like: InvoiceDocument) -> Draw:
    """Only reportlab: every text is ready and knows its place, nothing is laid out, formatted or measured."""
    sheets = lay_out(like, WORDS)

    def draw(_document: InvoiceDocument) -> bytes:
        target = BytesIO()
        canvas = Canvas(target, A4, initialFontName=REGULAR, pageCompression=1)
        for sheet in sheets:
            for text in sheet.texts:
                canvas.setFont(text.style.font, text.style.size)
                canvas.drawString(text.x, text.y, text.text)
            canvas.showPage()
        canvas.save()
        return target.getvalue()

    return draw


def weasyprint(like: InvoiceDocument) -> Draw:
    """The same texts in HTML, the lines as a table."""
    html = import_module("weasyprint").HTML
    rows = "".join(
        f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in _rows(lay_out(like, WORDS))
    )
    face = f"@font-face {{ font-family: Plex; src: url('{(FONTS / f'{REGULAR}.ttf').as_uri()}') }}"
    page = f"<style>{face} body {{ font-family: Plex; font-size: 9pt }}</style><table>{rows}</table>"
    return lambda _document: bytes(html(string=page).write_pdf())


def fpdf(like: InvoiceDocument) -> Draw:
    """The same texts at the same places by fpdf2."""
    make = import_module("fpdf").FPDF
    sheets = lay_out(like, WORDS)

    def draw(_document: InvoiceDocument) -> bytes:
        pdf = make(unit="pt", format="A4")
        pdf.add_font("Plex", fname=FONTS / f"{REGULAR}.ttf")
        for sheet in sheets:
            pdf.add_page()
            for text in sheet.texts:
                pdf.set_font("Plex", size=text.style.size)
                pdf.text(text.x, A4[1] - text.y, text.text)
        return bytes(pdf.output())

    return draw


def _rows(sheets: list[Sheet]) -> list[list[str]]:
    """The texts of the sheets, those of one height together."""
    rows: dict[tuple[int, float], list[str]] = {}
    for number, sheet in enumerate(sheets):
        for text in sheet.texts:
            rows.setdefault((number, text.y), []).append(text.text)
    return list(rows.values())


DRAWERS: dict[str, Callable[[InvoiceDocument], Draw]] = {
    OURS: ours,
    CANVAS: bare_canvas,
    "weasyprint": weasyprint,
    "fpdf": fpdf,
}


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would answer with what the parent had
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    """Draws the invoice that the arguments ask for."""
    document = invoice(int(sys.argv[2]))
    DRAWERS[sys.argv[1]](document)(document)
    print(peak())


if __name__ == "__main__":
    main()
