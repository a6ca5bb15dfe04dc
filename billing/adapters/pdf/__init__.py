"""An invoice as a PDF: a pure function of the issued document and the reader's language."""

from billing.adapters.pdf.invoice import render_invoice

__all__ = ["render_invoice"]
