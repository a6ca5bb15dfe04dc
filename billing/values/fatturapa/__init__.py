"""FatturaPA: what Italy's e-invoice says of a document, and what the exchange system (SdI) would reject it for."""

from billing.values.fatturapa.checks import refuse_unless_sendable
from billing.values.fatturapa.contents import Contents, Line, Party, Summary, contents_of

__all__ = ["Contents", "Line", "Party", "Summary", "contents_of", "refuse_unless_sendable"]
