"""An invoice as a PDF: a pure function of the issued document and the reader's language."""

from billing.adapters.pdf.invoice import draw_invoice

__all__ = ["draw_invoice"]
