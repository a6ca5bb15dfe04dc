"""The invoice as a whole: its parts in their order of reading, its foot, and the file that holds them."""

from __future__ import annotations

from hashlib import md5
from io import BytesIO
from threading import Lock

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.pdfgen.canvas import Canvas

from billing.adapters.pdf import closing, hybrid, names
from billing.adapters.pdf.embedding import KeptFont
from billing.adapters.pdf.head import draw_head
from billing.adapters.pdf.logo import draw as draw_logo
from billing.adapters.pdf.sheet import COLUMNS, LABEL, MARGIN, Sheet, Text, left, right, span
from billing.adapters.pdf.table import draw_table
from billing.adapters.pdf.typeface import REGULAR, Colour, cut, prepare, reserve, runs, settable, width
from billing.i18n import Translator
from billing.values.documents import InvoiceDocument

# A font that reportlab has loaded reads its file through one shared cursor.
_one_at_a_time = Lock()


def render_invoice(
    document: InvoiceDocument, words: Translator, logo: bytes | None = None, factur_x: bytes | None = None
) -> bytes:
    """The PDF of an issued invoice: the same bytes for the same document, language and logo, whenever and wherever.

    Without a logo the seller's name is set in its place. `factur_x` is the document's XML, to be found within.
    """
    with _one_at_a_time:
        sheets = lay_out(document, words, logo)
        target = BytesIO()
        # Without a first font of ours reportlab names Helvetica in the file, and does not embed it.
        canvas = Canvas(
            target,
            A4,
            invariant=1,
            lang=words.language,
            initialFontName=REGULAR,
            pageCompression=1,
            pdfVersion=None if factur_x is None else hybrid.PDF_VERSION,
        )
        reserve(canvas._doc)
        _describe(canvas, document, words)
        if factur_x is not None:
            hybrid.embed(canvas._doc, document, factur_x)
        for sheet in sheets:
            _print(canvas, sheet)
        canvas.save()
        return target.getvalue()


def lay_out(document: InvoiceDocument, words: Translator, logo: bytes | None = None) -> list[Sheet]:
    """The sheets of the invoice, every mark in its place; nothing is drawn yet."""
    prepare()
    first = Sheet()
    draw_head(first, document, words, logo)
    sheets = draw_table(first, document, words, closing.height(document, words))
    closing.draw_closing(sheets[-1], document, words)
    for page, sheet in enumerate(sheets, start=1):
        _draw_foot(sheet, document, words, page, len(sheets))
    return sheets


def _draw_foot(sheet: Sheet, document: InvoiceDocument, words: Translator, page: int, pages: int) -> None:
    count = words("Page {page} of {pages}", page=page, pages=pages)
    whose = f"{names.numbered(document, words)} · {document.seller.name}"
    sheet.y = MARGIN + 16
    sheet.rule(left(0), span(COLUMNS))
    sheet.line(left(0), cut(whose, LABEL, span(COLUMNS) - width(count, LABEL) - 24), LABEL, below=6)
    sheet.line_to(right(5), count, LABEL, span(2), below=6)


def _describe(canvas: Canvas, document: InvoiceDocument, words: Translator) -> None:
    title = names.numbered(document, words)
    canvas.setTitle(settable(title))
    canvas.setAuthor(settable(document.seller.name))
    canvas.setSubject(settable(names.subject(document, words)))
    canvas.setCreator(settable(document.seller.name))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    # reportlab's own file id takes in SOURCE_DATE_EPOCH, which is the machine's matter and not the invoice's. Ours
    # names the document without telling its fields: one that documents get later must change no file of before.
    identity = f"{document.seller.vat_number} {title} {document.issued_on} {words.language}".encode()
    canvas._doc.signature = md5(identity, usedforsecurity=False)
    # Noon in UTC is the same calendar date in nearly every reader's zone.
    canvas.setDateFormatter(lambda *_: f"D:{document.issued_on:%Y%m%d}120000+00'00'")


def _print(canvas: Canvas, sheet: Sheet) -> None:
    """Draws the sheet, past reportlab's call for each mark: that would take half of the time.

    Places are rounded to a hundredth of a point, which is less than any printer can show.
    """
    for picture in sheet.pictures:
        draw_logo(canvas, picture)
    looks: object = None
    for rule in sheet.rules:
        if looks != (rule.colour, rule.thickness):
            looks = rule.colour, rule.thickness
            canvas.setStrokeColorRGB(*rule.colour)
            canvas.setLineWidth(rule.thickness)
        x, y = rule.x, rule.y
        canvas._code.append(f"{x:.2f} {y:.2f} m {x + rule.length:.2f} {y:.2f} l S")
    _write(canvas, sheet.texts)
    canvas.showPage()


def _write(canvas: Canvas, texts: list[Text]) -> None:
    """Sets the texts; what is of usual signs goes past reportlab, which looks at each sign."""
    written = canvas.beginText()
    code = written._code
    colour: Colour | None = None
    face: tuple[str, float] | None = None
    for text in texts:
        style = text.style
        # A line ends before each text: whoever reads the file back then knows where one ends.
        code.append(f"T* ET BT 1 0 0 1 {text.x:.2f} {text.y:.2f} Tm")
        if colour != style.colour:
            colour = style.colour
            red, green, blue = colour
            code.append(f"{red:.3f} {green:.3f} {blue:.3f} rg")
        for run in runs(text.text, style.font):
            font = getFont(run.font)
            if isinstance(font, KeptFont) and (shown := font.shown(run.signs)) is not None:
                if face != (run.font, style.size):
                    face = run.font, style.size
                    name = font.getSubsetInternalName(0, canvas._doc)
                    code.append(f"{name} {style.size:.2f} Tf {1.2 * style.size:.2f} TL")
                code.append(f"({shown}) Tj")
                continue
            face = None
            written.setFont(run.font, style.size)
            code.append(written._formatText(run.signs))
    canvas.drawText(written)
