"""EN 16931 in its two syntaxes, from a document alone: CII, as Factur-X embeds it in the PDF, and UBL for Peppol."""

from __future__ import annotations

from typing import Literal

import facturx
from lxml import etree

from billing.values.documents import InvoiceDocument
from billing.values.en16931 import Terms, peppol_terms_of, terms_of

LEVEL = "en16931"
# How the files call the rules that they keep: the library knows the standard's name, not that of Peppol's.
OF_THE_STANDARD = b">urn:cen.eu:en16931:2017<"
OF_PEPPOL = b">urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0<"
# How the elements of UBL are told apart from the document's own; the library's table knows more than are used.
PREFIXES = {prefix: facturx.get_xml_namespaces("ubl-2.1-invoice")[prefix] for prefix in ("cac", "cbc")}


def write_cii(document: InvoiceDocument) -> bytes:
    """Cross Industry Invoice, profile EN 16931: the same bytes for the same document."""
    return _write(terms_of(document), "factur-x")


def write_ubl(document: InvoiceDocument) -> bytes:
    """UBL 2.1 as Peppol BIS Billing 3 has it: the same bytes for the same document.

    Raises Unfit for what cannot be said so, and for parties that Peppol cannot find.
    """
    written = _write(peppol_terms_of(document), "ubl-2.1", prefixed=False)
    root = etree.fromstring(written.replace(OF_THE_STANDARD, OF_PEPPOL, 1))
    # Given to each element as it is made, prefixes would take half of the time; given at the end they cost little.
    etree.cleanup_namespaces(root, top_nsmap=PREFIXES)
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return content


def _write(terms: Terms, flavor: Literal["factur-x", "ubl-2.1"], *, prefixed: bool = True) -> bytes:
    # Left to itself the library asks a server about the rules; what holds files to rules and schema is the tests.
    content: bytes = facturx.generate_xml(
        terms,
        flavor=flavor,
        level=LEVEL,
        check_xsd=False,
        check_schematron=None,
        prefixed_namespaces=prefixed,
    )
    return content
