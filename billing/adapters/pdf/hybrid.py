"""Factur-X: the invoice for programs inside the one for people, in a file that is kept for decades (PDF/A-3b)."""

from __future__ import annotations

import re
from functools import cache
from xml.sax.saxutils import escape

import facturx
from lxml import etree
from PIL import ImageCms
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFCatalog,
    PDFDate,
    PDFDictionary,
    PDFDocument,
    PDFStream,
    PDFString,
    PDFZCompress,
)

from billing.values.documents import InvoiceDocument

# What Factur-X has its readers look for (its specification, "Embedding").
FILE_NAME, LEVEL = "factur-x.xml", "EN 16931"
URN = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
# PDF/A-3 is made of PDF 1.7.
PDF_VERSION = (1, 7)
# Beside what reportlab knows to stand there: the files that belong to the document, and what its colours mean.
OF_PDF_A = ["AF", "OutputIntents"]
# Where a document is named in what describes them all.
PLACE = re.compile(r"\{(\w+)\}")


def embed(pdf: PDFDocument, document: InvoiceDocument, content: bytes) -> None:
    """Puts the XML into the PDF, and what PDF/A-3b wants besides: what the file is, and what its colours are."""
    catalog = pdf.Catalog
    catalog.__NoDefault__ = catalog.__Refs__ = [*PDFCatalog.__NoDefault__, *OF_PDF_A]
    named = pdf.Reference(_file(pdf, content))
    catalog.AF = PDFArray([named])
    files = PDFDictionary({"Names": PDFArray([PDFString(FILE_NAME), named])})
    catalog.Names = PDFDictionary({"EmbeddedFiles": files})
    catalog.OutputIntents = PDFArray([_colours(pdf)])
    catalog.Metadata = _stream(
        {"Type": "Metadata", "Subtype": "XML"}, _described(pdf, document), packed=False
    )


def _file(pdf: PDFDocument, content: bytes) -> PDFDictionary:
    params = PDFDictionary(
        {
            "ModDate": PDFDate(ts=pdf._timeStamp, dateFormatter=pdf.info._dateFormatter),
            "Size": len(content),
        }
    )
    stream = _stream({"Type": "EmbeddedFile", "Subtype": "text#2Fxml"}, content)
    stream.dictionary["Params"] = params
    held = pdf.Reference(stream)
    return PDFDictionary(
        {
            "Type": "/Filespec",
            "AFRelationship": "/Alternative",
            "Desc": PDFString("Factur-X"),
            "F": PDFString(FILE_NAME),
            "UF": PDFString(FILE_NAME),
            "EF": PDFDictionary({"F": held, "UF": held}),
        }
    )


def _colours(pdf: PDFDocument) -> PDFDictionary:
    profile = _stream({}, _srgb())
    profile.dictionary["N"] = 3
    return PDFDictionary(
        {
            "Type": "/OutputIntent",
            "S": "/GTS_PDFA1",
            "OutputConditionIdentifier": PDFString("sRGB"),
            "Info": PDFString("sRGB IEC61966-2.1"),
            "DestOutputProfile": pdf.Reference(profile),
        }
    )


@cache
def _srgb() -> bytes:
    """The profile of sRGB, without the moment at which the library made it."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile[:24] + bytes(12) + profile[36:]


def _described(pdf: PDFDocument, document: InvoiceDocument) -> bytes:
    """The same as the PDF's own information, in XMP."""
    said = vars(pdf.info) | {"producer": pdf.info.producer, "date": document.issued_on.isoformat()}
    return PLACE.sub(lambda place: escape(str(said[place[1]])), _description()).encode()


@cache
def _description() -> str:
    """The XMP of all documents, with places for what each says: making it takes as long as an eighth of a page."""
    root = facturx.generate_xmp_object(
        {
            "pdfa3_flavor": "B",
            "title": "{title}",
            "author": "{author}",
            "subject": "{subject}",
            "producer": "{producer}",
            "creator_tool": "{creator}",
            "timestamp": "{date}T12:00:00+00:00",
            "version": "1.0",
            "documenttype": "INVOICE",
            "xml_filename": FILE_NAME,
            "xmp_level": LEVEL,
            "urn": URN,
        }
    )
    head = '<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    return f'{head}\n{etree.tostring(root, encoding="unicode")}\n<?xpacket end="w"?>'


def _stream(names: dict[str, str], content: bytes, *, packed: bool = True) -> PDFStream:
    filters = [PDFZCompress] if packed else []
    return PDFStream(PDFDictionary({key: f"/{name}" for key, name in names.items()}), content, filters)
