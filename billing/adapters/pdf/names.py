"""What the document is called: an invoice, or a credit note and what it corrects."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.documents import InvoiceDocument


def title(document: InvoiceDocument, words: Translator) -> str:
    return words("Credit note") if document.corrects else words("Invoice")


def numbered(document: InvoiceDocument, words: Translator) -> str:
    """With its number."""
    if document.corrects:
        return words("Credit note {number}", number=document.number)
    return words("Invoice {number}", number=document.number)


def number_label(document: InvoiceDocument, words: Translator) -> str:
    return words("Credit note number") if document.corrects else words("Invoice number")


def subject(document: InvoiceDocument, words: Translator) -> str:
    """Whose it is."""
    if document.corrects:
        return words("Credit note for {property_name}", property_name=document.property_name)
    return words("Invoice for {property_name}", property_name=document.property_name)


def total_label(document: InvoiceDocument, words: Translator) -> str:
    return words("Total credited") if document.corrects else words("Total")


def questions(document: InvoiceDocument, words: Translator) -> str:
    """Whom to ask; empty where nobody is named."""
    email = document.seller.email
    if not email:
        return ""
    if document.corrects:
        return words("Questions about this credit note: {email}.", email=email)
    return words("Questions about this invoice: {email}.", email=email)


def correction(document: InvoiceDocument, words: Translator) -> str:
    """The invoice that it corrects, by number and date; empty for an invoice."""
    if document.corrects is None:
        return ""
    return words(
        "Corrects invoice {number} of {date}",
        number=document.corrects.number,
        date=words.date(document.corrects.issued_on),
    )
